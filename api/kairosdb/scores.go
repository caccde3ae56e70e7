package kairosdb

import (
	"strconv"

	"aion/aggregators"
	"aion/api/kairosdb/gson"
)

// Boundaries that score knows.
const (
	superior = "superior"
	inferior = "inferior"
)

// thresholds reads score's thresholds. KairosDB sorts them while it sets them,
// which fails where equal values have a boundary that it does not know, and at
// nulls.
func (p *Protocol) thresholds(where string, e *gson.Element) ([]aggregators.Threshold, error) {
	if e.Kind != gson.ArrayKind {
		return nil, p.expected("BEGIN_ARRAY", e, "$")
	}
	list := make([]aggregators.Threshold, 0, len(e.Items))
	nulls := false
	for i, item := range e.Items {
		t, err := p.scoreThreshold(where, "$["+strconv.Itoa(i)+"]", item)
		if err != nil {
			return nil, err
		}
		nulls = nulls || item.Kind == gson.NullKind
		list = append(list, t)
	}
	switch {
	case nulls && len(list) == 1:
		return nil, broken("")
	case nulls || !sortable(list):
		return nil, bad("Call to " + class("aggregator", "score") + ":setThresholds failed with message: null")
	}
	return list, nil
}

// sortable tells whether all thresholds with the value of another one have a
// boundary that is known.
func sortable(list []aggregators.Threshold) bool {
	known := map[float64]bool{} // whether the thresholds of a value, so far, have
	for _, t := range list {
		ok := t.Boundary == superior || t.Boundary == inferior
		if before, again := known[t.Value]; again && !(ok && before) {
			return false
		}
		known[t.Value] = ok
	}
	return true
}

// scoreThreshold reads one threshold; a null is a threshold of 0.
func (p *Protocol) scoreThreshold(where, path string, e *gson.Element) (aggregators.Threshold, error) {
	t := aggregators.Threshold{Boundary: superior}
	if e.Kind == gson.NullKind {
		return t, nil
	}
	if e.Kind != gson.ObjectKind {
		return t, p.expected("BEGIN_OBJECT", e, path)
	}
	for _, m := range e.Members {
		var err error
		switch {
		case m.Name == "value" && m.Value.Kind != gson.NullKind:
			t.Value, err = p.double(m.Value, path+".value", where)
		case m.Name == "boundary" && m.Value.Kind == gson.NullKind:
			t.Boundary = ""
		case m.Name == "boundary":
			t.Boundary, err = p.constant(m.Value, path+".boundary")
		}
		if err != nil {
			return t, err
		}
	}
	return t, nil
}

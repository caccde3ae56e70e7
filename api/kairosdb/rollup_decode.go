package kairosdb

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"aion/api/kairosdb/gson"
	"aion/query"
	"aion/query/rollup"
	"aion/storage/points"
)

// parseRollup reads the text of a task as JSON. Whatever is wrong with it, other
// than a broken constraint, KairosDB answers with 500.
func (p *Protocol) parseRollup(text string) (*gson.Element, error) {
	// The tree outlives the call, and keeps its reader.
	tree, _, err := p.readers.parse(strings.NewReader(text), gson.Options{Old: p.is().oldTexts, Count: maxElements})
	if err != nil {
		return nil, rollupFault(syntax(err))
	}
	return tree, thrown(tree.Object())
}

// rollupFault is a fault of a query as roll-ups answer it: with 500, unless KairosDB
// has found a constraint broken.
func rollupFault(err error) error {
	if x, ok := errors.AsType[*problem](err); ok {
		return broken(x.what)
	}
	fault, ok := errors.AsType[*Fault](err)
	if _, garbled := errors.AsType[*unparsed](err); ok && garbled {
		return &Fault{Status: http.StatusInternalServerError, Messages: fault.Messages}
	}
	return err
}

// rollupTask makes a task of JSON, as KairosDB's QueryParser does: the contexts
// of its messages grow from roll-up to roll-up.
func (p *Protocol) rollupTask(tree *gson.Element) (*rollup.Task, error) {
	t := new(rollup.Task)
	interval, name, err := p.rollupHead(t, tree)
	if err != nil {
		return nil, rollupFault(err)
	}
	var problems []string
	if interval == nil {
		problems = append(problems, "executionInterval may not be null")
	}
	if problems = append(problems, textProblems("name", name)...); len(problems) != 0 {
		return nil, bad(problems...)
	}
	t.Name, t.Interval = *name, interval.Span
	list := tree.Member("rollups")
	if list == nil {
		return t, nil
	}
	if list.Kind != gson.ArrayKind {
		return nil, broken(miscast(list))
	}
	context := ""
	for i, e := range list.Items {
		context += "rollup[" + strconv.Itoa(i) + "]"
		r, err := p.rollupOf(&context, e)
		if err != nil {
			return nil, rollupFault(err)
		}
		t.Rollups = append(t.Rollups, r)
	}
	return t, nil
}

// rollupHead takes the members of a task but for its roll-ups.
func (p *Protocol) rollupHead(t *rollup.Task, tree *gson.Element) (interval *relative, name *string, err error) {
	for _, m := range tree.Members {
		if m.Value.Kind == gson.NullKind {
			continue
		}
		path := "$." + m.Name
		switch m.Name {
		case "id":
			t.ID, err = p.text(m.Value, path)
		case "name":
			var text string
			text, err = p.text(m.Value, path)
			name = &text
		case "execution_interval":
			interval, err = p.span(m.Value, path)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return interval, name, nil
}

// textProblems are the constraints that a text which must not be empty breaks.
func textProblems(context string, text *string) []string {
	switch {
	case text == nil:
		return []string{context + " may not be null"}
	case *text == "":
		return []string{context + " may not be empty"}
	}
	return nil
}

// rollupOf takes one roll-up of a task.
func (p *Protocol) rollupOf(context *string, e *gson.Element) (rollup.Rollup, error) {
	var r rollup.Rollup
	var target *string
	if err := e.Object(); err != nil {
		return r, thrown(err)
	}
	for _, m := range e.Members {
		if m.Value.Kind == gson.NullKind {
			continue
		}
		var err error
		switch m.Name {
		case "save_as":
			var text string
			text, err = p.text(m.Value, "$.save_as")
			target = &text
		case "time_zone":
			r.Zone, err = zone(m.Value)
		}
		if err != nil {
			return r, err
		}
	}
	if problems := textProblems(*context+".saveAs", target); problems != nil {
		return r, bad(problems...)
	}
	r.SaveAs = *target
	return r, p.rollupQuery(context, &r, e.Member("query"))
}

// rollupQuery takes the query of a roll-up, each metric of which must have a range
// aggregator.
func (p *Protocol) rollupQuery(context *string, r *rollup.Rollup, e *gson.Element) error {
	switch {
	case e == nil:
		return broken(nothingToValidate)
	case e.Kind != gson.ObjectKind:
		return broken(strings.ReplaceAll(miscast(e), "JsonArray", "JsonObject"))
	}
	d := &decoder{p: p, q: &request{now: p.Now()}, prefix: *context}
	if err := d.query(e); err != nil {
		return err
	}
	for i := range d.q.Metrics {
		*context += ".query[" + strconv.Itoa(i) + "]"
		if !slices.ContainsFunc(d.q.Metrics[i].Aggregators, p.ranges) {
			return bad(*context + ".aggregator At least one aggregator must be a range aggregator")
		}
	}
	if r.Zone == nil {
		r.Zone = d.q.Zone
	}
	r.Metrics = d.q.Metrics
	return nil
}

// ranges tells whether an aggregator cuts its points into ranges.
func (p *Protocol) ranges(a query.Aggregation) bool {
	spec, ok := p.Specs.Spec(a.Name)
	return ok && spec.Range
}

// fillTime reads a time of a back-fill as Java's SimpleDateFormat does by the
// pattern yyyy-MM-dd-HH-mm-ss-SSS: parts may have any number of digits and run
// over, and what follows does not count.
func (p *Protocol) fillTime(text string) (int64, error) {
	var parts [7]int
	rest := text
	for i := range parts {
		n := strings.IndexFunc(rest, func(c rune) bool { return c < '0' || c > '9' })
		if n < 0 {
			n = len(rest)
		}
		v, err := strconv.ParseInt(rest[:n], 10, 32)
		last := i == len(parts)-1
		if err != nil || !last && !strings.HasPrefix(rest[n:], "-") {
			return 0, broken(`Unparseable date: "` + text + `"`)
		}
		if parts[i] = int(v); !last {
			rest = rest[n+1:]
		}
	}
	return p.local(parts), nil
}

// fillRange is the time range that a request orders to back-fill.
func (p *Protocol) fillRange(start, end string, given bool) (r points.Range, err error) {
	if r.From, err = p.fillTime(start); err != nil {
		return r, err
	}
	if !given {
		r.To = p.Now().UnixMilli()
		return r, nil
	}
	r.To, err = p.fillTime(end)
	r.To--
	return r, err
}

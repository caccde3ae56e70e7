package aggregators

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"aion/storage/points"
)

// chain builds the case's aggregators.
func (v *vector) chain(t *testing.T, r Release) ([]Aggregator, error) {
	t.Helper()
	env := Env{Now: 1_760_000_000_000, Start: v.Query.Start, End: math.MaxInt64, Release: r, FreeOrder: true}
	if v.Query.End != nil {
		env.End = *v.Query.End
	}
	id := v.DefaultTZ
	if len(v.Query.TimeZone) != 0 && string(v.Query.TimeZone) != "null" {
		_ = json.Unmarshal(v.Query.TimeZone, &id)
	}
	var err error
	if env.Zone, err = LoadZone(id); err != nil {
		t.Fatal(err)
	}
	var list []json.RawMessage
	_ = json.Unmarshal(v.Query.Metrics[0].Aggregators, &list)
	var chain []Aggregator
	for _, raw := range list {
		name, values := bind(t, raw)
		spec, ok := Builtin().Spec(name)
		if !ok {
			t.Fatalf("%s: no aggregator %q", v.ID, name)
		}
		a, err := spec.Build(env, values)
		if err != nil {
			return nil, err
		}
		chain = append(chain, a)
	}
	return chain, nil
}

// bind makes values of an aggregator's JSON, member by member in order.
func bind(t *testing.T, raw json.RawMessage) (name string, values Values) {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal(members["name"], &name)
	spec, _ := Builtin().Spec(name)
	values = Values{}
	place := func(member string) int { return bytes.Index(raw, []byte(strconv.Quote(member)+":")) }
	names := slices.SortedFunc(maps.Keys(members), func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	for _, member := range names {
		if member == "name" {
			continue
		}
		p, ok := spec.Property(member)
		if !ok {
			t.Fatalf("%s has no property %s", name, member)
		}
		if p.Type == UnitOnly {
			member = "sampling"
		}
		values[member] = bindValue(t, p, members[p.Name])
	}
	return name, values
}

// bindValue makes the value of one property.
func bindValue(t *testing.T, p *Property, raw json.RawMessage) any {
	t.Helper()
	var s string
	_ = json.Unmarshal(raw, &s)
	switch p.Type {
	case Int, Long:
		if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
			return n
		}
		return int64(lenient(raw))
	case Double:
		return lenient(raw)
	case Bool:
		return bytes.EqualFold(bytes.Trim(raw, `"`), []byte("true"))
	case Sampling:
		return bindSpan(raw)
	case UnitOnly:
		unit, _ := points.ParseUnit(s)
		return points.Span{Value: 1, Unit: unit}
	case ZoneID:
		z, err := LoadZone(s)
		if err != nil {
			t.Fatal(err)
		}
		return z
	case Thresholds:
		return bindThresholds(raw)
	case Any:
		return bindAny(raw)
	case TagMap:
		var tags map[string]string
		_ = json.Unmarshal(raw, &tags)
		return points.TagsOf(tags)
	}
	return s
}

// bindSpan makes a sampling.
func bindSpan(raw json.RawMessage) points.Span {
	var span struct {
		Value json.RawMessage
		Unit  string
	}
	_ = json.Unmarshal(raw, &span)
	unit, _ := points.ParseUnit(span.Unit)
	n, _ := strconv.ParseInt(strings.Trim(string(span.Value), `"`), 10, 64)
	if n == 0 {
		n = int64(lenient(span.Value))
	}
	return points.Span{Value: n, Unit: unit}
}

// bindAny makes a threshold of filter.
func bindAny(raw json.RawMessage) any {
	switch raw[0] {
	case '"':
		var s string
		_ = json.Unmarshal(raw, &s)
		return s
	case 't', 'f', '[', '{':
		return Other{}
	}
	return lenient(raw)
}

// bindThresholds makes score's thresholds.
func bindThresholds(raw json.RawMessage) []Threshold {
	var list []struct {
		Value    json.RawMessage
		Boundary *string
	}
	_ = json.Unmarshal(raw, &list)
	all := []Threshold{}
	for _, x := range list {
		t := Threshold{Value: lenient(x.Value), Boundary: superior}
		if x.Boundary != nil {
			t.Boundary = *x.Boundary
		}
		all = append(all, t)
	}
	return all
}

package storagetest

import (
	"aion/storage"
	"aion/storage/points"
)

// fill writes a few series that differ in every way a selection can tell.
func (f *fixture) fill() {
	f.Helper()
	var b storage.Batch
	for i, k := range []points.Key{
		long("cpu", "host", "a", "dc", "north"), long("cpu", "host", "b", "dc", "north"), double("cpu", "host", "a", "dc", "north"),
		long("cpu", "host", "ab", "dc", "south"), text("cpu", "host", "b"), long("cpu", "dc", "north"),
		long("cpu.load", "host", "a"), double("cpu.load", "host", "server-01", "role", "db"),
		double("mem", "host", "server-02", "role", "db"), long("mem", "host", "server-10", "role", "web"),
		text("mem", "host", "line\nfeed"), key(points.TypeNull, "mem", "host", "SERVER-01"), long("ähre", "größe", "ß"),
		key(points.TypeComplex, "z", "zone", "host"),
	} {
		for at := range int64(4) {
			b.Put(k, typed(k.Type, at, i), 0)
		}
	}
	f.write(&b)
}

// namedSelection is a line of a table of selections.
type namedSelection struct {
	name      string
	selection storage.Selection
}

// someSelections is a table of selections of what fill writes.
func someSelections(f *fixture) []namedSelection {
	m := func(ms ...storage.Matcher) storage.Selection { return storage.Selection{Matchers: ms} }
	values := func(tag string, v ...string) storage.Matcher { return storage.Matcher{Tag: tag, Values: v} }
	not := func(x storage.Matcher) storage.Matcher { x.Not = true; return x }
	orAbsent := func(x storage.Matcher) storage.Matcher { x.Absent = true; return x }
	pattern := func(tag string, p ...string) storage.Matcher {
		return storage.Matcher{Tag: tag, Patterns: patterns(f, p...)}
	}
	return []namedSelection{
		{"all", storage.Selection{}},
		{"a metric", storage.Selection{Metrics: []string{"cpu"}}},
		{"metrics", storage.Selection{Metrics: []string{"mem", "none", "cpu", "mem"}}},
		{"no such metric", storage.Selection{Metrics: []string{"none"}}},
		{"prefix", storage.Selection{Prefix: "cpu"}},
		{"prefix with dot", storage.Selection{Prefix: "cpu."}},
		{"prefix of unicode", storage.Selection{Prefix: "ä"}},
		{"prefix and metric apart", storage.Selection{Prefix: "cpu.", Metrics: []string{"cpu"}}},
		{"type", storage.Selection{Types: []string{points.TypeDouble}}},
		{"types", storage.Selection{Types: []string{points.TypeText, points.TypeNull, points.TypeComplex}}},
		{"no such type", storage.Selection{Types: []string{"acme"}, Metrics: []string{"cpu"}}},
		{"value", m(values("host", "a"))},
		{"value of no series", m(values("host", "none"))},
		{"values", m(values("host", "a", "b", "none", "a"))},
		{"two tags", m(values("host", "a", "b"), values("dc", "north"))},
		{"two on one tag", m(values("host", "a", "b"), not(values("host", "b")))},
		{"contradiction", m(values("host", "a"), values("host", "b"))},
		{"unknown tag", m(values("none", "a"))},
		{"not unknown tag", m(not(values("none", "a")))},
		{"not", m(not(values("host", "a")))},
		{"not, metric", storage.Selection{Metrics: []string{"cpu"}, Matchers: []storage.Matcher{not(values("dc", "north"))}}},
		{"absent", m(storage.Matcher{Tag: "dc", Absent: true})},
		{"present", m(storage.Matcher{Tag: "dc", Absent: true, Not: true})},
		{"absent or value", m(orAbsent(values("dc", "south")))},
		{"neither absent nor value", m(not(orAbsent(values("dc", "south"))))},
		{"absent unknown", m(storage.Matcher{Tag: "none", Absent: true})},
		{"empty matcher", m(storage.Matcher{Tag: "host"})},
		{"not empty matcher", m(storage.Matcher{Tag: "host", Not: true})},
		{"pattern", m(pattern("host", "server-.*"))},
		{"patterns", m(pattern("host", "server-0[13]", "a+b?"))},
		{"pattern that is a literal", m(pattern("host", "server-01"))},
		{"pattern without case", m(pattern("host", "(?i)server-01"))},
		{"pattern is whole", m(pattern("host", "server"))},
		{"pattern of anything", m(pattern("host", ".*"))},
		{"pattern over lines", m(pattern("host", "(?s)line.feed"))},
		{"pattern of alternatives", m(pattern("host", "a|b"))},
		{"pattern or value or absent", m(storage.Matcher{Tag: "role", Values: []string{"web"}, Patterns: patterns(f, "d."), Absent: true})},
		{"not pattern", m(not(pattern("host", "server.*")))},
		{"everything at once", storage.Selection{Metrics: []string{"cpu", "mem"}, Prefix: "m", Types: []string{points.TypeDouble, points.TypeLong},
			Matchers: []storage.Matcher{pattern("host", "server-.*"), not(values("role", "web"))}}},
	}
}

// patterns compiles expressions.
func patterns(f *fixture, texts ...string) []*storage.Pattern {
	f.Helper()
	var out []*storage.Pattern
	for _, t := range texts {
		p, err := storage.NewPattern(t)
		f.must(err)
		out = append(out, p)
	}
	return out
}

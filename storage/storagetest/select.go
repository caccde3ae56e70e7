package storagetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"aion/storage"
	"aion/storage/points"
)

// selectChecks are the demands on Select.
func selectChecks() []check {
	return []check{
		{"select", "selections", selections},
		{"select", "odd tags", oddTags},
		{"select", "NUL in names", nulInNames},
		{"select", "names that are no UTF-8", noNames},
		{"select", "empty tag values", emptyTagValues},
		{"select", "no tags", noTags},
		{"select", "random selections", randomSelections},
		{"select", "stopping and writing meanwhile", stopAndWrite},
	}
}

// selections: Select yields the series for which Selection.Matches holds.
func selections(f *fixture) {
	f.fill()
	for _, s := range someSelections(f) {
		f.selects(s.name, s.selection)
	}
	f.compact()
	f.reopen()
	for _, s := range someSelections(f) {
		f.selects(s.name+", reopened", s.selection)
	}
}

// selects compares the keys that the store selects with the model's. A series
// without points may be among the store's.
func (f *fixture) selects(name string, sel storage.Selection) {
	f.Helper()
	var got, want []string
	there := int64(0)
	for s, err := range f.store.Select(f.Context(), sel) {
		f.must(err)
		there++
		has, err := s.Any(f.Context(), points.Always)
		f.must(err)
		if has {
			got = append(got, keyText(s.Key()))
		}
	}
	for _, k := range f.model.keys(sel) {
		want = append(want, keyText(k))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		f.Errorf("%s: selected\n%swant\n%s", name, list(got), list(want))
	}
	f.selectsAtMost(name, sel, there)
}

// keyText prints a key so that equal texts are equal keys.
func keyText(k points.Key) string {
	out := fmt.Sprintf("%q %q", k.Metric, k.Type)
	for _, t := range k.Tags {
		out += fmt.Sprintf(" %q=%q", t.Name, t.Value)
	}
	return out
}

// oddTags: names and values of tags may hold whatever separates them elsewhere.
func oddTags(f *fixture) {
	odd := []string{"a=b", "a,c=d", ",", "=", ":", "::", " ", " a ", "\"", "'", "\\", "%", "/", "a\nb", "\t", "{}", "é", "e\u0301", "世界", "🌍", "*", ".*", "kairos_long"}
	f.oddNames(odd)
	f.put(long("m", "a", "b,c=d"), longs(1, 1), 0)
	f.put(long("m", "a", "b", "c", "d"), longs(1, 2), 0)
	f.put(long("m", "a=b,c", "d"), longs(1, 3), 0)
	f.selects("separators", storage.Selection{Metrics: []string{"m"}})
	f.selects("a separator in a value", storage.Selection{Matchers: []storage.Matcher{{Tag: "a", Values: []string{"b,c=d"}}}})
	f.selects("a separator in a name", storage.Selection{Matchers: []storage.Matcher{{Tag: "a=b,c", Values: []string{"d"}}}})
	f.agree(storage.Selection{}, points.Always)
}

// oddNames writes series with each text as metric, as tag name and as value,
// and finds them again.
func (f *fixture) oddNames(odd []string) {
	f.Helper()
	for i, s := range odd {
		n := int64(i)
		f.put(long(s, "h", "a"), longs(1, n), 0)
		f.put(long("name", s, "a"), longs(1, n), 0)
		f.put(long("value", "h", s), longs(1, n), 0)
	}
	for _, s := range odd {
		f.selects("metric "+s, storage.Selection{Metrics: []string{s}})
		f.selects("name "+s, storage.Selection{Matchers: []storage.Matcher{{Tag: s, Values: []string{"a"}}}})
		f.selects("value "+s, storage.Selection{Matchers: []storage.Matcher{{Tag: "h", Values: []string{s}}}})
		f.selects("not value "+s, storage.Selection{Matchers: []storage.Matcher{{Tag: "h", Values: []string{s}, Not: true}}})
		f.selects("prefix "+s, storage.Selection{Prefix: s})
	}
	f.agree(storage.Selection{}, points.Always)
	f.named(storage.Selection{})
}

// nulInNames: a NUL ends no name.
func nulInNames(f *fixture) {
	f.oddNames([]string{"a", "a\x00", "\x00a", "a\x00b", "\x00", "\x00\x00", "a\x00ÿ", "a\x01"})
}

// noNames: bytes that are no UTF-8 end no name.
func noNames(f *fixture) {
	f.oddNames([]string{"a", "a\x00\xff", "\xff", "\xff\xff", "a\xff", "a\x00"})
}

// emptyTagValues: a tag without a value is there.
func emptyTagValues(f *fixture) {
	f.put(long("m", "h", ""), longs(1, 1), 0)
	f.put(long("m", "h", "a"), longs(1, 2), 0)
	f.put(long("m", "i", "a"), longs(1, 3), 0)
	for _, m := range []storage.Matcher{
		{Tag: "h", Values: []string{""}}, {Tag: "h", Values: []string{""}, Not: true}, {Tag: "h", Absent: true},
		{Tag: "h", Patterns: patterns(f, "a?")}, {Tag: "h", Patterns: patterns(f, "")},
	} {
		f.selects(fmt.Sprint(m), storage.Selection{Matchers: []storage.Matcher{m}})
	}
	f.named(storage.Selection{})
}

// noTags: a series need not have tags.
func noTags(f *fixture) {
	f.put(long("m"), longs(1, 1), 0)
	f.put(long("m", "h", "a"), longs(1, 2), 0)
	f.selects("all", storage.Selection{Metrics: []string{"m"}})
	f.selects("absent", storage.Selection{Matchers: []storage.Matcher{{Tag: "h", Absent: true}}})
	f.selects("none but the tag", storage.Selection{Matchers: []storage.Matcher{{Tag: "h", Values: []string{"a"}}}})
	f.agree(storage.Selection{}, points.Always)
}

// randomSelections: any conditions on any tags select what they say.
func randomSelections(f *fixture) {
	rng := rand.New(rand.NewPCG(3, 3))
	var b storage.Batch
	for i := range int64(300) {
		var tags []string
		for _, name := range "abcd" {
			if rng.IntN(4) != 0 {
				tags = append(tags, string(name), fmt.Sprint("v", rng.IntN(6)))
			}
		}
		b.Put(long(fmt.Sprint("m", rng.IntN(4)), tags...), longs(1, i), 0)
	}
	f.write(&b)
	for i := range 100 {
		f.selects(fmt.Sprintf("selection %d of seed 3", i), randomSelection(f, rng))
	}
}

// randomSelection is a selection of what randomSelections writes.
func randomSelection(f *fixture, rng *rand.Rand) storage.Selection {
	var s storage.Selection
	for range rng.IntN(3) {
		s.Metrics = append(s.Metrics, fmt.Sprint("m", rng.IntN(5)))
	}
	for range rng.IntN(4) {
		m := storage.Matcher{Tag: string("abcde"[rng.IntN(5)]), Not: rng.IntN(3) == 0, Absent: rng.IntN(4) == 0}
		for range rng.IntN(4) {
			m.Values = append(m.Values, fmt.Sprint("v", rng.IntN(7)))
		}
		if rng.IntN(3) == 0 {
			m.Patterns = patterns(f, fmt.Sprintf("v[%d-%d]", rng.IntN(3), 3+rng.IntN(4)))
		}
		s.Matchers = append(s.Matchers, m)
	}
	return s
}

// selectsAtMost asks for at most as many series as there are, which come all, and for one
// less: then they are refused, or come, too.
func (f *fixture) selectsAtMost(name string, sel storage.Selection, there int64) {
	f.Helper()
	for _, most := range []int64{there, there - 1} {
		if sel.Most = most; most <= 0 {
			continue
		}
		n := int64(0)
		for _, err := range f.store.Select(f.Context(), sel) {
			if errors.Is(err, storage.ErrTooMany) && most < there {
				n = there
				break
			}
			f.must(err)
			n++
		}
		if n != there {
			f.Errorf("%s: %d series are selected of %d at most, want %d", name, n, most, there)
		}
	}
}

// stopAndWrite: who walks over series may write meanwhile, and may stop.
func stopAndWrite(f *fixture) {
	f.fill()
	for s, err := range f.store.Select(f.Context(), storage.Selection{}) {
		f.must(err)
		f.put(long("new", "of", strings.ToLower(s.Key().Metric)), longs(1, 1), 0)
	}
	for range f.store.Select(f.Context(), storage.Selection{}) {
		break
	}
	for range f.store.Metrics(f.Context(), storage.Selection{}) {
		break
	}
	f.agree(storage.Selection{}, points.Always)
}

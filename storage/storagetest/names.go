package storagetest

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// nameChecks are the demands on Metrics, TagNames and TagValues.
func nameChecks() []check {
	return []check{
		{"names", "selections", namesOfSelections},
		{"names", "many", manyNames},
		{"names", "an empty store", emptyStore},
		{"names", "vanish with a deletion", vanishByDelete},
		{"names", "vanish with a removal", vanishByRemove},
		{"names", "stay while a point has them", stayWithLast},
	}
}

// named compares the names that the store tells for a selection with the
// model's.
func (f *fixture) named(sel storage.Selection) {
	f.Helper()
	f.namedIn("", f.store, f.model, sel)
}

// namedIn compares the names of a reader with a model's. The order is Checked's
// to watch.
func (f *fixture) namedIn(where string, r storage.Reader, m *model, sel storage.Selection) {
	f.Helper()
	var metrics, tags []string
	values := map[string][]string{"none": nil}
	for _, k := range m.keys(sel) {
		metrics = append(metrics, k.Metric)
		for _, t := range k.Tags {
			tags = append(tags, t.Name)
			values[t.Name] = append(values[t.Name], t.Value)
		}
	}
	f.same(where+"metrics", r.Metrics(f.Context(), sel), metrics)
	f.same(where+"tag names", r.TagNames(f.Context(), sel), tags)
	for tag, want := range values {
		f.same(fmt.Sprintf("%svalues of %q", where, tag), r.TagValues(f.Context(), tag, sel), want)
	}
}

// same compares names with those wanted, which may repeat.
func (f *fixture) same(what string, names iter.Seq2[string, error], want []string) {
	f.Helper()
	var got []string
	for name, err := range names {
		f.must(err)
		got = append(got, name)
	}
	slices.Sort(want)
	if want = slices.Compact(want); !slices.Equal(got, want) {
		f.Errorf("%s are %q, want %q", what, got, want)
	}
}

// namesOfSelections: names are those of the series that match.
func namesOfSelections(f *fixture) {
	f.fill()
	for _, s := range someSelections(f) {
		f.namedIn(s.name+": ", f.store, f.model, s.selection)
	}
	f.reopen()
	for _, s := range someSelections(f) {
		f.namedIn(s.name+", reopened: ", f.store, f.model, s.selection)
	}
}

// manyNames: a tag may have thousands of values.
func manyNames(f *fixture) {
	var b storage.Batch
	for i := range 2500 {
		b.Put(long(fmt.Sprint("m", i%20), "id", fmt.Sprint(i*7919%10_000), fmt.Sprint("t", i%50), "x"), longs(1, 1), 0)
	}
	f.write(&b)
	f.named(storage.Selection{})
	f.named(storage.Selection{Metrics: []string{"m3", "m17"}})
	f.named(storage.Selection{Matchers: []storage.Matcher{{Tag: "t7", Values: []string{"x"}}}})
	f.named(storage.Selection{Prefix: "m1"})
}

// emptyStore: an empty store has no names.
func emptyStore(f *fixture) { f.named(storage.Selection{}) }

// vanishByDelete: names go with the last point that had them, at once.
func vanishByDelete(f *fixture) {
	f.fill()
	for _, s := range []storage.Selection{
		{Types: []string{points.TypeText}},
		{Metrics: []string{"cpu"}, Matchers: []storage.Matcher{{Tag: "host", Values: []string{"ab"}}}},
		{Metrics: []string{"mem"}},
		{Matchers: []storage.Matcher{{Tag: "host", Absent: true}}},
		{},
	} {
		f.delete(s, points.Range{From: 0, To: 1})
		f.named(storage.Selection{})
		f.delete(s, points.Range{From: 2, To: 100})
		f.named(storage.Selection{})
		f.named(storage.Selection{Metrics: []string{"cpu"}})
		f.reopen()
		f.named(storage.Selection{})
	}
	f.fill()
	f.named(storage.Selection{})
}

// vanishByRemove: a removal in a batch takes names along too.
func vanishByRemove(f *fixture) {
	f.put(long("m", "h", "a"), longs(1, 1, 2, 2), 0)
	f.put(long("n", "i", "b"), longs(1, 1), 0)
	var b storage.Batch
	b.Remove(long("m", "h", "a"), 2)
	f.write(&b)
	f.named(storage.Selection{})
	b.Reset()
	b.Remove(long("m", "h", "a"), 1)
	b.Remove(long("n", "i", "b"), 1)
	b.Put(long("n", "i", "c"), longs(1, 1), 0)
	f.write(&b)
	f.named(storage.Selection{})
	f.holds("n{i=c} kairos_long: 1=1")
}

// stayWithLast: names stay for the sake of one point out of many, of another
// type, or of another time to live.
func stayWithLast(f *fixture) {
	f.put(long("m", "h", "a"), count(5000, 0, 1), 0)
	f.compact()
	f.delete(storage.Selection{}, points.Range{From: 0, To: 4998})
	f.named(storage.Selection{})
	f.put(double("m", "h", "a"), doubles(0, 1), 0)
	f.delete(storage.Selection{Types: []string{points.TypeLong}}, points.Always)
	f.named(storage.Selection{})
	f.put(double("m", "h", "a"), doubles(10_000, 1), time.Hour)
	f.delete(storage.Selection{}, points.Range{From: 0, To: 0})
	f.named(storage.Selection{})
}

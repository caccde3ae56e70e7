package cassandra

import (
	"encoding/binary"
	"slices"
	"strings"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

// keyFilter is what a selection asks of the type and the tags of a row key, so
// that rows that do not match are passed over before anything is made of them.
type keyFilter struct {
	types []string // as they are stored; empty: all
	tags  []tagFilter
}

// tagFilter is a matcher whose values are found quickly however many they are.
type tagFilter struct {
	*storage.Matcher
	values map[string]struct{} // nil where there are few
}

// fewValues is up to how many values are compared one by one.
const fewValues = 8

// newKeyFilter makes the filter of a selection.
func newKeyFilter(sel *storage.Selection) *keyFilter {
	f := &keyFilter{}
	for _, typ := range sel.Types {
		f.types = append(f.types, codec.StoredType(typ))
	}
	for i := range sel.Matchers {
		t := tagFilter{Matcher: &sel.Matchers[i]}
		if len(t.Values) > fewValues {
			t.values = make(map[string]struct{}, len(t.Values))
			for _, v := range t.Values {
				t.values[v] = struct{}{}
			}
		}
		f.tags = append(f.tags, t)
	}
	return f
}

// never tells whether a condition holds for no series at all.
func (f *keyFilter) never() bool {
	return slices.ContainsFunc(f.tags, func(t tagFilter) bool {
		return len(t.Values) == 0 && len(t.Patterns) == 0 && !t.Absent && !t.Not
	})
}

// matches tells whether a row of that stored type and those stored tags is
// meant.
func (f *keyFilter) matches(typ, tags []byte) bool {
	if len(f.types) != 0 && !slices.ContainsFunc(f.types, func(t string) bool { return t == string(typ) }) {
		return false
	}
	for i := range f.tags {
		if !f.tags[i].matches(tags) {
			return false
		}
	}
	return true
}

// matchesKey is matches for a key that has been read.
func (f *keyFilter) matchesKey(k *points.Key) bool {
	if len(f.types) != 0 && !slices.Contains(f.types, codec.StoredType(k.Type)) {
		return false
	}
	return !slices.ContainsFunc(f.tags, func(t tagFilter) bool { return !t.Matches(k.Tags) })
}

// matches tells whether the condition holds for stored tags.
func (t *tagFilter) matches(tags []byte) bool {
	value, ok := storedTag(tags, t.Tag)
	if !ok {
		return t.Absent != t.Not
	}
	return t.has(value) != t.Not
}

// has tells whether a value is among the values or fits a pattern.
func (t *tagFilter) has(value []byte) bool {
	if t.values != nil {
		if _, ok := t.values[string(value)]; ok {
			return true
		}
	} else if slices.ContainsFunc(t.Values, func(v string) bool { return v == string(value) }) {
		return true
	}
	for _, p := range t.Patterns {
		prefix, whole := p.Prefix()
		if whole && prefix == string(value) {
			return true
		}
		if !whole && len(value) >= len(prefix) && prefix == string(value[:len(prefix)]) && p.Match(string(value)) {
			return true
		}
	}
	return false
}

// storedTag finds a tag in a frozen map, in whatever order it is. Bytes that are
// no map have no tags.
func storedTag(tags []byte, name string) (value []byte, ok bool) {
	for n := range storedEntries(tags) {
		if string(n.name) == name {
			return n.value, true
		}
	}
	return nil, false
}

// storedEntry is a tag within a frozen map.
type storedEntry struct{ name, value []byte }

// storedEntries yields the tags of a frozen map in their stored order, up to
// where its bytes are no map.
func storedEntries(tags []byte) func(yield func(storedEntry) bool) {
	return func(yield func(storedEntry) bool) {
		if len(tags) < 4 {
			return
		}
		for rest := tags[4:]; len(rest) > 0; {
			var e storedEntry
			var ok bool
			if e.name, rest, ok = cutSized(rest); ok {
				e.value, rest, ok = cutSized(rest)
			}
			if !ok || !yield(e) {
				return
			}
		}
	}
}

// cutSized takes a part behind its length of four bytes.
func cutSized(b []byte) (part, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := uint64(binary.BigEndian.Uint32(b))
	if b = b[4:]; n > uint64(len(b)) {
		return nil, nil, false
	}
	return b[:n], b[n:], true
}

// twofold tells whether the stored tags of one series may be more than one row
// of an index: where KairosDB's order of the names, by UTF-16 code unit, is not
// that of their bytes. Cassandra before 4.1 keeps the order in which a client
// sent them, later ones sort by byte, so that rows of both times lie side by
// side. Maps in any other order than that of bytes count, too; but the twin of
// one that is in neither order, which no KairosDB writes, is not held back, and
// its series may come twice.
func twofold(tags []byte) bool {
	var last []byte
	first := true
	for e := range storedEntries(tags) {
		if !first && (string(last) >= string(e.name) || high(last) && high(e.name) && points.CompareUTF16(string(last), string(e.name)) > 0) {
			return true
		}
		last, first = e.name, false
	}
	return false
}

// high tells whether a name has characters that the two orders may tell apart.
func high(name []byte) bool {
	return slices.ContainsFunc(name, func(c byte) bool { return c >= 0xee })
}

// orderedMetrics are the metrics that a selection lists, ascending and once
// each, without those that lack its prefix.
func orderedMetrics(sel *storage.Selection) []string {
	names := slices.Clone(sel.Metrics)
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(n string) bool { return !strings.HasPrefix(n, sel.Prefix) })
}

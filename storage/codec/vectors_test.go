package codec

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"aion/storage/points"
)

// vectors is testdata/cassandra.json: what KairosDB 1.3.0 wrote to Cassandra
// 5.0.6, of which these tests read the tables.
type vectors struct {
	Keyspaces []struct {
		Keyspace string
		Before   []string
		Tables   struct {
			DataPoints []dataPoint `json:"data_points"`
			RowKeys    []indexRow  `json:"row_keys"`
			TagIndexed []indexRow  `json:"tag_indexed_row_keys"`
			Spec       []struct{ Name, Value string }
		}
	}
}

// dataPoint is a row of data_points.
type dataPoint struct {
	Key, Column1, Value string
	KeyText             []any `json:"key_text"`
}

// indexRow is a row of row_keys or of tag_indexed_row_keys. Type is nil where
// only the partition's static cell is left.
type indexRow struct {
	Metric string
	Row    int64   `json:"row_time"`
	Type   *string `json:"data_type"`
	Tags   string
	Pair   string `json:"single_tag_pair"`
	Hash   int32  `json:"tag_collection_hash"`
}

// recorded reads the vectors.
func recorded(t testing.TB) vectors {
	t.Helper()
	data, err := os.ReadFile("testdata/cassandra.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// layoutOf is the layout that the rows of a table spec tell.
func layoutOf(t *testing.T, rows []struct{ Name, Value string }) Layout {
	t.Helper()
	spec := map[string]string{}
	for _, r := range rows {
		spec[r.Name] = r.Value
	}
	l, err := ParseLayout(spec["row_time_unit"], spec["row_width"])
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestRecordedPoints: the key, the column and the value of every recorded point
// are read, and written again to the byte.
func TestRecordedPoints(t *testing.T) {
	for _, ks := range recorded(t).Keyspaces {
		l := layoutOf(t, ks.Tables.Spec)
		for _, p := range ks.Tables.DataPoints {
			key, err := ParseRowKeyOf(p.KeyText[0].(string), unhex(t, p.Key))
			if err != nil {
				t.Errorf("%s: %s: %v", ks.Keyspace, p.Key, err)
				continue
			}
			k := points.Key{Metric: key.Metric, Type: key.Type, Tags: key.Tags}
			checkKeyText(t, p, &k, key)
			at := l.Time(key.Row, unhex(t, p.Column1))
			b := points.Block{Kind: k.Kind()}
			if err := AppendPoint(&b, at, k.Type, unhex(t, p.Value)); err != nil {
				t.Errorf("%s: %s %s: %v", ks.Keyspace, k, p.Value, err)
				continue
			}
			value, err := AppendValue(nil, &k, &b, 0)
			got := [3]string{hex.EncodeToString(AppendRowKey(nil, &k, key.Row)), columnOf(l, at, key.Row), hex.EncodeToString(value)}
			if want := [3]string{p.Key, p.Column1, p.Value}; got != want || err != nil {
				t.Errorf("%s: %s at %d is written as %s, %v, want %s", ks.Keyspace, k, at, got, err, want)
			}
			if l.Unit != Seconds && l.RowTime(at) != key.Row {
				t.Errorf("%s: the row of %d is %d, want %d", ks.Keyspace, at, l.RowTime(at), key.Row)
			}
		}
	}
}

// checkKeyText compares a parsed key with what the recording says of it.
func checkKeyText(t *testing.T, p dataPoint, k *points.Key, key RowKey) {
	t.Helper()
	typ := StoredType(k.Type)
	if key.Untyped {
		typ = "untyped"
	}
	got := []any{k.Metric, float64(key.Row), typ, string(appendTagText(nil, k.Tags))}
	if !slices.Equal(got, p.KeyText) {
		t.Errorf("%s is read as %v, want %v", p.Key, got, p.KeyText)
	}
}

// TestRecordedIndex: index rows are read and written again, and they lead to the
// recorded points. Only secw.ttl has none: KairosDB has lost them.
func TestRecordedIndex(t *testing.T) {
	for _, ks := range recorded(t).Keyspaces {
		listed := map[string]bool{}
		for _, r := range ks.Tables.RowKeys {
			if r.Type != nil {
				k := keyOfIndex(t, r)
				listed[hex.EncodeToString(AppendRowKey(nil, &k, r.Row))] = true
			}
		}
		for _, p := range ks.Tables.DataPoints {
			if want := p.KeyText[0] != "secw.ttl"; listed[p.Key] != want {
				t.Errorf("%s: an index row leads to %v: %t, want %t", ks.Keyspace, p.KeyText, !want, want)
			}
		}
	}
}

// keyOfIndex is the series of an index row, whose map of tags is written again.
// Cassandra has kept the map in the order of bytes.
func keyOfIndex(t *testing.T, r indexRow) points.Key {
	t.Helper()
	stored := unhex(t, r.Tags)
	tags, err := ParseTags(stored)
	if err != nil {
		t.Errorf("%s: tags %s: %v", r.Metric, r.Tags, err)
	}
	if got := AppendTags(nil, tags); !bytes.Equal(got, stored) && !strings.Contains(tags.String(), "\U0001f600") {
		t.Errorf("%s: tags are written as %x, want %s", r.Metric, got, r.Tags)
	}
	return points.Key{Metric: r.Metric, Type: KeyType(*r.Type), Tags: tags}
}

// TestRecordedTagIndex: the hash and the pair of every row of the tag index are
// those of the tags that its metric has indexed.
func TestRecordedTagIndex(t *testing.T) {
	indexed := map[string][]string{"idx.some": {"host"}, "idx.two": {"client", "host"}, "bf": {"host"}}
	rows := 0
	for _, ks := range recorded(t).Keyspaces {
		for _, r := range ks.Tables.TagIndexed {
			if r.Type == nil {
				continue
			}
			rows++
			k := keyOfIndex(t, r)
			var chosen points.Tags
			for _, tag := range k.Tags {
				if names := indexed[r.Metric]; len(names) == 0 || slices.Contains(names, tag.Name) {
					chosen = append(chosen, tag)
				}
			}
			if got := TagHash(chosen); got != r.Hash {
				t.Errorf("%s: the hash of %v is %d, want %d", ks.Keyspace, chosen, got, r.Hash)
			}
			if !slices.ContainsFunc(chosen, func(tag points.Tag) bool { return TagPair(tag) == r.Pair }) {
				t.Errorf("%s: no tag of %v has the pair %s", ks.Keyspace, chosen, r.Pair)
			}
		}
	}
	if rows != 23 {
		t.Errorf("%d rows of the tag index are recorded, want 23", rows)
	}
}

// TestRecordedOldRows: what was put into an old keyspace before KairosDB read it
// is read as KairosDB read it, and its keys lie between the bounds of the index.
func TestRecordedOldRows(t *testing.T) {
	insert := regexp.MustCompile(`INSERT INTO \{ks\}\.(\w+) .* VALUES \(0x(\w*), 0x(\w*), 0x(\w*)\)`)
	start, end := IndexBounds("old", 1698278400000, 1698278400000)
	var got []string
	for _, ks := range recorded(t).Keyspaces {
		for _, statement := range ks.Before {
			m := insert.FindStringSubmatch(statement)
			switch {
			case m == nil:
			case m[1] == "row_key_index":
				if key := unhex(t, m[3]); bytes.Compare(key, start) < 0 || bytes.Compare(key, end) >= 0 {
					t.Errorf("%x is not in [%x, %x)", key, start, end)
				}
				checkOldKey(t, unhex(t, m[3]))
			case m[1] == "data_points":
				got = append(got, oldPoint(t, unhex(t, m[2]), unhex(t, m[3]), unhex(t, m[4])))
			}
		}
	}
	want := []string{"0 42", "1 255", "2 0", "3 -1", "4 13.199999809265137", "5 2.3"}
	if !slices.Equal(got, want) {
		t.Errorf("the old points are %q, want %q", got, want)
	}
}

// checkOldKey complains of a key from row_key_index that is not written again.
func checkOldKey(t *testing.T, stored []byte) {
	t.Helper()
	key, err := ParseRowKey(stored)
	k := points.Key{Metric: key.Metric, Type: key.Type, Tags: key.Tags}
	if got := AppendRowKey(nil, &k, key.Row); err != nil || !bytes.Equal(got, stored) {
		t.Errorf("%x is written as %x, %v", stored, got, err)
	}
}

// oldPoint is a point of an old keyspace: milliseconds since 1700000000000 and
// its value.
func oldPoint(t *testing.T, stored, column, value []byte) string {
	t.Helper()
	key, err := ParseRowKey(stored)
	if err != nil {
		t.Fatal(err)
	}
	at := legacyLayout().Time(key.Row, column)
	var b points.Block
	if key.Untyped {
		err = AppendUntypedPoint(&b, at, column, value)
	} else {
		err = AppendPoint(&b, at, key.Type, value)
	}
	if err != nil {
		t.Fatal(err)
	}
	if b.Int(0) {
		return fmt.Sprint(at-1700000000000, b.Ints[0])
	}
	return fmt.Sprint(at-1700000000000, b.Floats[0])
}

package codec

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"aion/storage/points"
)

// TestAppendTags: maps are written in KairosDB's order and read in any.
func TestAppendTags(t *testing.T) {
	tests := []struct {
		vector int
		tags   points.Tags
		want   string
	}{
		{46, tagsOf("data_center", "DC1", "host", "server1"),
			"00000002 0000000b 646174615f63656e746572 00000003 444331 00000004 686f7374 00000007 73657276657231"},
		{0, tagsOf("z", "ascii", "\uff21", "fullwidth", "\U0001f600", "emoji"),
			"00000003 00000001 7a 00000005 6173636969 00000004 f09f9880 00000005 656d6f6a69 00000003 efbca1 00000009 66756c6c7769647468"},
		{0, nil, "00000000"},
		{0, tagsOf("", ""), "00000001 00000000 00000000"},
	}
	for _, tt := range tests {
		want := unhex(t, tt.want)
		if got := AppendTags([]byte("x"), tt.tags); got[0] != 'x' || !bytes.Equal(got[1:], want) {
			t.Errorf("vector %d: %v is stored as %x, want x and %x", tt.vector, tt.tags, got, want)
		}
		if got, err := ParseTags(want); err != nil || !sameTags(got, tt.tags) {
			t.Errorf("vector %d: %x is read as %v, %v, want %v", tt.vector, want, got, err, tt.tags)
		}
	}
}

// TestParseTagsOfCassandra: the order of bytes, in which Cassandra 4.1 and later
// keep a map, is read too.
func TestParseTagsOfCassandra(t *testing.T) {
	stored := unhex(t, "00000003 00000001 7a 00000005 6173636969 00000003 efbca1 00000009 66756c6c7769647468 00000004 f09f9880 00000005 656d6f6a69") // vector 47
	want := tagsOf("z", "ascii", "\uff21", "fullwidth", "\U0001f600", "emoji")
	got, err := ParseTags(stored)
	clear(stored)
	if err != nil || !sameTags(got, want) {
		t.Errorf("tags are %v, %v, want %v", got, err, want)
	}
}

// TestParseTagsRefuses: what is no map of tags is damage.
func TestParseTagsRefuses(t *testing.T) {
	tests := map[string]string{
		"nothing":                 "",
		"half a count":            "0000",
		"a count without tags":    "00000001",
		"a negative count":        "ffffffff 00000000 00000000",
		"a null name":             "00000001 ffffffff 00000000",
		"a null value":            "00000001 00000000 ffffffff",
		"half a name":             "00000001 00000004 616161 00000000",
		"half a value":            "00000001 00000001 61 00000002 62",
		"bytes behind":            "00000001 00000001 61 00000001 62 00",
		"a name twice":            "00000002 00000001 61 00000000 00000001 61 00000000",
		"a count above its bytes": "00ffffff 00000000 00000000",
	}
	for name, stored := range tests {
		if got, err := ParseTags(unhex(t, stored)); !errors.Is(err, points.ErrCorrupt) {
			t.Errorf("%s: %v, %v, want an ErrCorrupt", name, got, err)
		}
	}
}

// mapOf is a stored map of names and values in turn, in the order given.
func mapOf(parts ...string) []byte {
	b := []byte{0, 0, 0, byte(len(parts) / 2)}
	for _, p := range parts {
		b = append(append(b, 0, 0, 0, byte(len(p))), p...)
	}
	return b
}

// TestCompareTags: the maps are listed in the order in which Cassandra 5.0.6 has
// returned them as clustering keys.
func TestCompareTags(t *testing.T) {
	ascending := [][]byte{
		mapOf(),
		mapOf("", ""),
		mapOf("", "a"),
		mapOf("", "a", "a", "b"),
		mapOf("a", ""),
		mapOf("a", "b"),
		mapOf("a", "b", "c", "d"),
		mapOf("a", "bb"),
		mapOf("a", "c"),
		mapOf("a", "\U0001f600"),
		mapOf("aa", "a"),
		mapOf("b", ""),
		mapOf("b", "", "c", ""),
		mapOf("\u00e9", "a"),
		mapOf("\uff21", "a"),
		mapOf("\U0001f600", "a"),
	}
	for i, a := range ascending {
		for j, b := range ascending {
			if got, want := CompareTags(a, b), sign(i-j); got != want {
				t.Errorf("CompareTags(%x, %x) = %d, want %d", a, b, got, want)
			}
		}
	}
	if got := CompareTags([]byte{1}, []byte{1, 2}); got != -1 {
		t.Errorf("bytes that are no maps compare as %d, want -1", got)
	}
}

// sign is -1, 0 or 1.
func sign(n int) int { return min(max(n, -1), 1) }

// TestTagHash: the hash is that of the names and values in KairosDB's order.
func TestTagHash(t *testing.T) {
	tests := []struct {
		vector int
		tags   points.Tags
		want   int32
	}{
		{42, tagsOf("data_center", "DC1", "host", "server1"), -934437578},
		{42, tagsOf("host", "server1", "data_center", "DC1"), -934437578},
		{43, tagsOf("host", "server1"), -2125777964},
		{44, tagsOf("client", "foo", "host", "A"), 1846539826},
		{44, tagsOf("host", "A"), -843829062},
		{45, tagsOf("k", "\U0001f600"), -581372546},
		{45, tagsOf("k", "日本語"), -1783963957},
		{0, nil, 0},
	}
	for _, tt := range tests {
		if got := TagHash(tt.tags); got != tt.want {
			t.Errorf("vector %d: the hash of %v is %d, want %d", tt.vector, tt.tags, got, tt.want)
		}
	}
	if got, want := TagPair(points.Tag{Name: "a=b", Value: "c:d"}), "a=b=c:d"; got != want {
		t.Errorf("the pair is %s, want %s", got, want)
	}
	// Reference values of MurmurHash3_x86_32 for every length of the tail.
	for s, want := range map[string]uint32{
		"": 0, "a": 0x3c2569b2, "aa": 0x371091a9, "aaa": 0xb4d05fb7, "aaaa": 0x7eeed987, "Hello, world!": 0xc0363e43,
	} {
		if got := murmur3([]byte(s)); got != want {
			t.Errorf("murmur3(%q) = %#x, want %#x", s, got, want)
		}
	}
}

// TestNothingIsAllocated: keys, tags and numbers are written and read in memory
// that the caller has.
func TestNothingIsAllocated(t *testing.T) {
	k := points.Key{Metric: "cpu.load", Type: points.TypeLong, Tags: tagsOf("data_center", "DC1", "host", "server=1")}
	wide := points.Key{Type: points.TypeLong, Tags: tagsOf("a", strings.Repeat("x", 400))}
	key, tags, value := make([]byte, 0, 1024), make([]byte, 0, 1024), make([]byte, 0, 64)
	b := points.Block{}
	l := Default()
	row := int64(1698278400000)
	var column [4]byte
	steps := map[string]func(){
		"a row key": func() { key = AppendRowKey(key[:0], &k, row) },
		"tags":      func() { tags = AppendTags(tags[:0], k.Tags) },
		"a hash":    func() { TagHash(wide.Tags) },
		"a long":    func() { value = AppendLong(value[:0], row) },
		"a column":  func() { l.PutColumn(&column, 1700000000000, row) },
		"bounds":    func() { l.Bounds(row, points.Range{From: row, To: row + 10}, true) },
		"a point": func() {
			b.Reset(points.Number)
			if err := AppendPoint(&b, l.Time(row, column[:]), points.TypeLong, value); err != nil {
				t.Error(err)
			}
		},
		"a comparison": func() { CompareTags(tags, tags) },
		"a check":      func() { _ = CheckKey(&k) },
	}
	for _, name := range []string{"a row key", "tags", "a hash", "a long", "a column", "bounds", "a point", "a comparison", "a check"} {
		steps[name]()
		if got := testing.AllocsPerRun(100, steps[name]); got != 0 {
			t.Errorf("%s makes %v allocations, want 0", name, got)
		}
	}
	if !slices.Equal(tags, AppendTags(nil, k.Tags)) || hex.EncodeToString(column[:]) != "669d8800" {
		t.Errorf("tags are %x, the column is %x", tags, column)
	}
}

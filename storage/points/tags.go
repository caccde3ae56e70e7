package points

import (
	"slices"
	"strings"
)

// Stored types, as KairosDB names them in its row keys.
const (
	TypeLong    = "kairos_long"
	TypeDouble  = "kairos_double"
	TypeText    = "kairos_string"
	TypeNull    = "kairos_null"
	TypeLegacy  = "kairos_legacy"
	TypeComplex = "kairos_complex"
)

// KindOf is the kind of the points of a stored type.
func KindOf(stored string) Kind {
	switch stored {
	case TypeLong, TypeDouble, TypeNull, TypeLegacy:
		return Number
	case TypeText:
		return Text
	}
	return Opaque
}

// GroupType is KairosDB's group type of a stored type: number, text, or the
// type's own name without its prefix.
func GroupType(stored string) string {
	switch KindOf(stored) {
	case Number:
		return "number"
	case Text:
		return "text"
	}
	return strings.TrimPrefix(stored, "kairos_")
}

// Tag is one name and its value.
type Tag struct{ Name, Value string }

// Tags are the tags of a series: sorted by name (as bytes), each name once.
type Tags []Tag

// Sorted tells whether the tags keep the promise of Tags.
func (t Tags) Sorted() bool {
	for i := 1; i < len(t); i++ {
		if t[i-1].Name >= t[i].Name {
			return false
		}
	}
	return true
}

// TagsOf makes Tags of a map.
func TagsOf(m map[string]string) Tags {
	t := make(Tags, 0, len(m))
	for name, value := range m {
		t = append(t, Tag{name, value})
	}
	t.Sort()
	return t
}

// Sort puts t into the order that Tags promises.
func (t Tags) Sort() {
	slices.SortFunc(t, func(a, b Tag) int { return strings.Compare(a.Name, b.Name) })
}

// Value is the value of the tag of that name.
func (t Tags) Value(name string) (string, bool) {
	for i := range t {
		if t[i].Name == name {
			return t[i].Value, true
		}
	}
	return "", false
}

// String prints t as a=1,b=2.
func (t Tags) String() string {
	var s strings.Builder
	for i := range t {
		if i > 0 {
			s.WriteByte(',')
		}
		s.WriteString(t[i].Name + "=" + t[i].Value)
	}
	return s.String()
}

// Key names a series: a series is a metric, its tags and the stored type.
type Key struct {
	Metric string
	Tags   Tags
	Type   string // one of the stored types
}

// Kind is the kind of the series' points.
func (k *Key) Kind() Kind { return KindOf(k.Type) }

// String prints k for people: cpu{host=a} kairos_long.
func (k Key) String() string { return k.Metric + "{" + k.Tags.String() + "} " + k.Type }

// Append adds a form of k to dst that is equal for equal keys alone: every part
// behind its length.
func (k *Key) Append(dst []byte) []byte {
	dst = appendPart(dst, k.Metric)
	dst = appendPart(dst, k.Type)
	for i := range k.Tags {
		dst = appendPart(dst, k.Tags[i].Name)
		dst = appendPart(dst, k.Tags[i].Value)
	}
	return dst
}

// appendPart adds s behind its length as an unsigned varint.
func appendPart(dst []byte, s string) []byte {
	n := uint(len(s))
	for n >= 0x80 {
		dst = append(dst, byte(n)|0x80)
		n >>= 7
	}
	return append(append(dst, byte(n)), s...)
}

package points

import (
	"fmt"
	"testing"
)

// TestKeyAppend: keys that differ in any part have different forms.
func TestKeyAppend(t *testing.T) {
	odd := []string{"", "a", "b", "ab", "\x00", "\x01a", "a\x00", "\x01", "a=b", ",", string(make([]byte, 127)), string(make([]byte, 128))}
	seen := map[string]string{}
	add := func(k Key) {
		form, name := string(k.Append(nil)), fmt.Sprintf("%q %q %q", k.Metric, k.Type, [][]string{parts(k.Tags)})
		if other, ok := seen[form]; ok && other != name {
			t.Errorf("%s and %s have one form", name, other)
		}
		seen[form] = name
	}
	for _, a := range odd {
		for _, b := range odd {
			add(Key{Metric: a, Type: b})
			for _, c := range odd {
				add(Key{Metric: a, Tags: Tags{{b, c}}})
				add(Key{Metric: "m", Type: "t", Tags: Tags{{a, b}, {b + "z", c}}})
			}
		}
	}
	k := Key{Metric: "m", Type: TypeLong, Tags: TagsOf(map[string]string{"b": "2", "a": "1"})}
	if got := k.Append([]byte("x")); got[0] != 'x' || string(got[1:]) != string(k.Append(nil)) {
		t.Errorf("Append(x) = %q", got)
	}
	if got, want := k.String(), "m{a=1,b=2} kairos_long"; got != want {
		t.Errorf("the key prints as %s, want %s", got, want)
	}
}

// parts are the names and values of tags in turn.
func parts(t Tags) []string {
	var all []string
	for _, tag := range t {
		all = append(all, tag.Name, tag.Value)
	}
	return all
}

// TestTypes: what KairosDB's types are to us.
func TestTypes(t *testing.T) {
	tests := []struct {
		stored string
		kind   Kind
		group  string
	}{
		{TypeLong, Number, "number"}, {TypeDouble, Number, "number"}, {TypeNull, Number, "number"}, {TypeLegacy, Number, "number"},
		{TypeText, Text, "text"}, {TypeComplex, Opaque, "complex"}, {"acme", Opaque, "acme"},
	}
	for _, tt := range tests {
		if kind, group := KindOf(tt.stored), GroupType(tt.stored); kind != tt.kind || group != tt.group {
			t.Errorf("%s is %d and %s, want %d and %s", tt.stored, kind, group, tt.kind, tt.group)
		}
	}
}

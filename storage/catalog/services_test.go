package catalog_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/memory"
)

// services is an empty key store with a clock that goes on by a second a look.
func services(t *testing.T) storage.Services {
	t.Helper()
	var mu sync.Mutex
	at := time.UnixMilli(1700000000000)
	s, ok := catalog.Services(memory.New(memory.Config{}), func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(time.Second)
		return at
	})
	if !ok {
		t.Fatal("the store has no key store")
	}
	return s
}

// TestServices: values are set, read, listed and removed, whatever their names
// are, and every change counts as a modification of its service key.
func TestServices(t *testing.T) {
	x, ctx := services(t), t.Context()
	if at, err := x.Modified(ctx, "s", "k"); err != nil || at.UnixMilli() != 0 {
		t.Errorf("never modified: got %v %v, want the epoch", at, err)
	}
	for _, row := range [][4]string{
		{"s", "k", "b", "1"}, {"s", "k", "a", "2"}, {"s", "k", "a/b", "3"}, {"s", "k/k", "a", "4"}, {"s/k", "k", "a", "5"}, {"s", "k", "b", ""},
		{"s", "k", "é", "6"}, {"s", "k", "a\x00\xff", "7"}, {"s", "k", "%61", "8"}, {"s", "", "a", "9"},
	} {
		if err := x.Set(ctx, row[0], row[1], row[2], row[3]); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		service, key, name, want string
		ok                       bool
	}{
		{"s", "k", "a", "2", true}, {"s", "k", "b", "", true}, {"s/k", "k", "a", "5", true}, {"s", "k/k", "a", "4", true},
		{"s", "k", "c", "", false}, {"u", "k", "a", "", false}, {"s", "", "a", "9", true}, {"s", "k", "a\x00\xff", "7", true},
	} {
		got, at, ok, err := x.Value(ctx, tt.service, tt.key, tt.name)
		if got != tt.want || ok != tt.ok || err != nil {
			t.Errorf("value %s %s %s: got %q %t %v, want %q %t", tt.service, tt.key, tt.name, got, ok, err, tt.want, tt.ok)
		}
		if ok && (at.UnixMilli() <= 1700000000000 || at.UnixMilli() > 1700000021000) {
			t.Errorf("value %s %s %s was written %v, want when it was", tt.service, tt.key, tt.name, at)
		}
	}
	for prefix, want := range map[string][]string{
		"": {"%61", "a", "a\x00\xff", "a/b", "b", "é"}, "a": {"a", "a\x00\xff", "a/b"}, "a/": {"a/b"}, "%": {"%61"}, "\xc3": {"é"}, "z": nil,
	} {
		if got, err := x.Keys(ctx, "s", "k", prefix); err != nil || !slices.Equal(got, want) {
			t.Errorf("keys with %q: got %q %v, want %q", prefix, got, err, want)
		}
	}
	if got, err := x.ServiceKeys(ctx, "s"); err != nil || !slices.Equal(got, []string{"", "k", "k/k"}) {
		t.Errorf("service keys: got %q %v", got, err)
	}
}

// TestServicesRemoved: a removal counts as a modification, and the service key
// goes with its last key.
func TestServicesRemoved(t *testing.T) {
	x, ctx := services(t), t.Context()
	if err := x.Set(ctx, "s", "k", "a", "1"); err != nil {
		t.Fatal(err)
	}
	before, err := x.Modified(ctx, "s", "k")
	if err != nil || before.UnixMilli() == 0 {
		t.Errorf("modified %v %v, want a time", before, err)
	}
	for range 2 {
		if err := x.Remove(ctx, "s", "k", "a"); err != nil {
			t.Fatal(err)
		}
		after, err := x.Modified(ctx, "s", "k")
		if err != nil || !after.After(before) {
			t.Errorf("modified %v %v, want after %v", after, err, before)
		}
		before = after
	}
	if _, _, ok, err := x.Value(ctx, "s", "k", "a"); ok || err != nil {
		t.Errorf("a removed value is there: %t %v", ok, err)
	}
	if keys, err := x.ServiceKeys(ctx, "s"); len(keys) != 0 || err != nil {
		t.Errorf("service keys %q %v after all were removed", keys, err)
	}
}

// TestServicesLong: a name that no record can have is refused, and found nowhere.
func TestServicesLong(t *testing.T) {
	x, ctx, long := services(t), t.Context(), strings.Repeat("x", catalog.MaxName)
	if err := x.Set(ctx, "s", "k", long, ""); err == nil {
		t.Error("a name that is too long was taken")
	}
	if _, _, ok, err := x.Value(ctx, "s", "k", long); ok || err != nil {
		t.Errorf("got %t %v, want nothing", ok, err)
	}
}

// TestNamespaces: what organizations have in their key stores is counted and goes
// by organization, whatever its names are, and leaves nothing to be listed.
func TestNamespaces(t *testing.T) {
	all, ctx := services(t), t.Context()
	of := map[string]storage.Services{"": all}
	for _, id := range []string{"a", "a/b", "a%2Fb", "b"} {
		of[id] = catalog.Namespace(all, id)
	}
	for id, s := range of {
		for _, row := range [][3]string{{"s", "k", "x"}, {"s", "k", "y"}, {"s/1", "", "%"}, {"", "k/k", "é"}, {"s", "gone", "x"}} {
			if err := s.Set(ctx, row[0], row[1], row[2], id); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Remove(ctx, "s", "gone", "x"); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string]int{"a": 4, "a/b": 4, "a%2Fb": 4, "b": 4, "c": 0} {
		if n, err := catalog.CountTexts(ctx, catalog.Namespace(all, id)); n != want || err != nil {
			t.Errorf("%q: got %d %v, want %d values", id, n, err, want)
		}
	}
	if n, err := catalog.ClearTexts(ctx, of["a"]); n != 4 || err != nil {
		t.Errorf("got %d %v, want 4 values cleared", n, err)
	}
	if left, err := of["a"].Under(ctx, ""); len(left) != 0 || err != nil {
		t.Errorf("got %v %v left, want nothing, not even of what was removed before", left, err)
	}
	if at, err := of["a"].Modified(ctx, "s", "k"); at.UnixMilli() != 0 || err != nil {
		t.Errorf("got modified %v %v, want never", at, err)
	}
	if keys, err := of["b"].Under(ctx, "s"); len(keys) != 3 || err != nil {
		t.Errorf("got %v %v, want the service keys of two services and the one that lost its key", keys, err)
	}
	if n, err := catalog.CountTexts(ctx, all); n != 16 || err != nil {
		t.Errorf("got %d %v, want the 16 values of the others", n, err)
	}
	if err := of["a"].Clear(ctx, "s", "k"); err != nil {
		t.Errorf("clearing twice: %v", err)
	}
}

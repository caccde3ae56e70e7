package cassandra

import (
	"slices"
	"strings"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/cassandra/cassandratest"
)

// opened is a store over a keyspace of the shared node; it is closed with the
// test.
func opened(t testing.TB, c Config) *Store {
	t.Helper()
	node := cassandratest.Shared(t)
	c.Write.Hosts = []string{node.Host()}
	if c.Write.Keyspace == "" {
		c.Write.Keyspace = node.Keyspace(t)
	}
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := s.writer(); err != nil {
		t.Fatal(err)
	}
	return s
}

// eventually waits until something has become true.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not after a minute: %s", what)
		}
	}
}

// TestServices: values are set, read, listed and removed, and every change
// counts as a modification of its service key.
func TestServices(t *testing.T) {
	x := opened(t, Config{}).Services()
	ctx := t.Context()
	if at, err := x.Modified(ctx, "s", "k"); err != nil || at.UnixMilli() != 0 {
		t.Errorf("never modified: got %v %v, want the epoch", at, err)
	}
	begun := time.Now().Truncate(time.Millisecond)
	for _, row := range [][4]string{
		{"s", "k", "b", "1"}, {"s", "k", "a", "2"}, {"s", "k", "ab", "3"}, {"s", "other", "a", "4"}, {"t", "k", "a", "5"}, {"s", "k", "b", ""}, {"s", "k", "é", "6"},
	} {
		if err := x.Set(ctx, row[0], row[1], row[2], row[3]); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		service, key, name, want string
		ok                       bool
	}{{"s", "k", "a", "2", true}, {"s", "k", "b", "", true}, {"t", "k", "a", "5", true}, {"s", "k", "c", "", false}, {"u", "k", "a", "", false}} {
		got, at, ok, err := x.Value(ctx, tt.service, tt.key, tt.name)
		if got != tt.want || ok != tt.ok || err != nil {
			t.Errorf("value %s %s %s: got %q %t %v, want %q %t", tt.service, tt.key, tt.name, got, ok, err, tt.want, tt.ok)
		}
		if ok && (at.Before(begun) || at.After(time.Now().Add(time.Second))) {
			t.Errorf("value %s %s %s was written %v, want now", tt.service, tt.key, tt.name, at)
		}
	}
	for prefix, want := range map[string][]string{"": {"a", "ab", "b", "é"}, "a": {"a", "ab"}, "\xc3": {"é"}, "z": nil} {
		if got, err := x.Keys(ctx, "s", "k", prefix); err != nil || !slices.Equal(got, want) {
			t.Errorf("keys with %q: got %q %v, want %q", prefix, got, err, want)
		}
	}
	if got, err := x.ServiceKeys(ctx, "s"); err != nil || !slices.Equal(got, []string{"k", "other"}) {
		t.Errorf("service keys: got %q %v", got, err)
	}
	before, err := x.Modified(ctx, "s", "k")
	if err != nil || before.Before(begun) {
		t.Errorf("modified %v %v, want after %v", before, err, begun)
	}
	eventually(t, "a removal counts as a modification", func() bool {
		if err := x.Remove(ctx, "s", "k", "a"); err != nil {
			t.Fatal(err)
		}
		after, err := x.Modified(ctx, "s", "k")
		return err == nil && after.After(before)
	})
	if _, _, ok, err := x.Value(ctx, "s", "k", "a"); ok || err != nil {
		t.Errorf("a removed value is there: %t %v", ok, err)
	}
	cleared(t, x)
}

// cleared clears a service key that has values and one that lost all of its own,
// and looks that nothing is left to list and that values can be set again.
func cleared(t *testing.T, x storage.Services) {
	t.Helper()
	ctx := t.Context()
	if err := x.Remove(ctx, "s", "other", "a"); err != nil {
		t.Fatal(err)
	}
	all := []storage.ServiceKey{{Service: "s", Key: "k"}, {Service: "s", Key: "other"}, {Service: "t", Key: "k"}}
	for _, prefix := range []string{"", "s", "t", "u"} {
		var want int
		for _, k := range all {
			if strings.HasPrefix(k.Service, prefix) {
				want++
			}
		}
		got, err := x.Under(ctx, prefix)
		if err != nil || len(got) != want {
			t.Errorf("under %q: got %v %v, want %d service keys", prefix, got, err, want)
		}
	}
	for _, k := range all[:2] {
		if err := x.Clear(ctx, k.Service, k.Key); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := x.Under(ctx, ""); err != nil || !slices.Equal(got, all[2:]) {
		t.Errorf("got %v %v left, want %v", got, err, all[2:])
	}
	if err := x.Set(ctx, "s", "k", "a", "again"); err != nil {
		t.Fatal(err)
	}
	if got, err := x.Keys(ctx, "s", "k", ""); err != nil || !slices.Equal(got, []string{"a"}) {
		t.Errorf("got keys %q %v, want the new one alone", got, err)
	}
}

// TestServicesLastWins: of changes within one millisecond the last one counts,
// and what was removed can be set again.
func TestServicesLastWins(t *testing.T) {
	still := time.UnixMilli(1700000000000)
	x := opened(t, Config{Now: func() time.Time { return still }}).Services()
	ctx := t.Context()
	for _, value := range []string{"9", "1", "5", "0"} {
		if err := x.Set(ctx, "s", "k", "a", value); err != nil {
			t.Fatal(err)
		}
		if got, _, _, err := x.Value(ctx, "s", "k", "a"); got != value || err != nil {
			t.Errorf("got %q %v, want %q", got, err, value)
		}
		if err := x.Remove(ctx, "s", "k", "a"); err != nil {
			t.Fatal(err)
		}
	}
	if keys, err := x.Keys(ctx, "s", "k", ""); len(keys) != 0 || err != nil {
		t.Errorf("keys %q %v after all were removed", keys, err)
	}
}

// TestWriteTime: what others wrote in microseconds is read as such.
func TestWriteTime(t *testing.T) {
	ms, us := int64(1700000000123), int64(1700000000123456)
	for _, tt := range []struct {
		written *int64
		want    time.Time
	}{{nil, time.UnixMilli(0)}, {&ms, time.UnixMilli(ms)}, {&us, time.UnixMicro(us)}} {
		if got := writeTime(tt.written); !got.Equal(tt.want) {
			t.Errorf("got %v, want %v", got, tt.want)
		}
	}
}

package cassandra

import (
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// TestListing: what a row time lists is read once for several selections, and
// again as soon as this or another server enters or deletes a series.
func TestListing(t *testing.T) {
	s := opened(t, Config{IndexRefresh: time.Hour})
	other := opened(t, Config{IndexRefresh: time.Hour, Write: Cluster{Keyspace: s.config.Write.Keyspace}})
	a, b, c := cpu("a"), cpu("b"), cpu("c")
	only := func(host string) storage.Selection {
		return storage.Selection{Metrics: []string{"cpu"}, Matchers: []storage.Matcher{{Tag: "host", Values: []string{host}}}}
	}
	finds := func(what string, sel storage.Selection, want int) {
		t.Helper()
		if got := len(found(t, s, sel, points.Always)); got != want {
			t.Fatalf("%s: got %d series, want %d", what, got, want)
		}
	}
	writes(t, s, put(a, 0, someTime, 1), put(b, 0, someTime, 1))
	finds("read", only("a"), 1)
	finds("remembered", only("b"), 1)
	finds("remembered", only("c"), 0)
	if s.listings.hits == 0 {
		t.Error("nothing was remembered")
	}
	writes(t, other, put(c, 0, someTime, 1))
	finds("entered by another", only("c"), 1)
	writes(t, s, put(cpu("d"), 0, someTime, 1))
	finds("entered by this one", only("d"), 1)
	if err := s.Delete(t.Context(), only("a"), points.Always); err != nil {
		t.Fatal(err)
	}
	finds("deleted", only("a"), 0)
	if err := other.Delete(t.Context(), storage.Selection{Metrics: []string{"cpu"}}, points.Always); err != nil {
		t.Fatal(err)
	}
	wants(t, "deleted by another", stored(t, s, b))
	eventually(t, "the series is gone from the index, too", func() bool { return len(found(t, s, only("b"), points.Always)) == 0 })
}

// TestListingGrowsOld: a series that is entered with a write time behind others
// leaves mtime as it is, and is found when the listing has grown old.
func TestListingGrowsOld(t *testing.T) {
	s := opened(t, Config{IndexRefresh: time.Hour})
	writes(t, s, put(cpu("a"), 0, someTime, 1))
	all := storage.Selection{Metrics: []string{"cpu"}}
	if n := len(found(t, s, all, points.Always)); n != 1 {
		t.Fatalf("got %d series, want 1", n)
	}
	behind, err := s.writer()
	if err != nil {
		t.Fatal(err)
	}
	e := newEntries(&s.config, func(_ int, err error) { t.Error(err) })
	late := cpu("b")
	e.row(0, &late, behind.layout.RowTime(someTime), 0)
	if err := s.enterAll(t.Context(), behind, e, 1000); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the late series is found", func() bool { return len(found(t, s, all, points.Always)) == 2 })
}

// TestListingsAreBounded: what is remembered has a bound, and what was read while
// a partition changed is not remembered.
func TestListingsAreBounded(t *testing.T) {
	var l listings
	for i := range int64(100) {
		r := l.begin()
		r.rows = []keyRow{{typ: make([]byte, 1<<20), tags: nil}}
		l.keep(listingKey{time: i}, &r)
	}
	if l.bytes > listingBytes || len(l.kept) == 0 {
		t.Errorf("%d bytes of %d listings are remembered, want at most %d", l.bytes, len(l.kept), listingBytes)
	}
	l.clear()
	r := l.begin()
	l.forget(listingKey{time: 1})
	l.keep(listingKey{time: 1}, &r)
	if len(l.kept) != 0 || l.bytes != 0 {
		t.Error("a listing is remembered that was read while its partition changed")
	}
}

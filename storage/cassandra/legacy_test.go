package cassandra

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

// old plants a row of the legacy index.
func (p *planter) old(k points.Key, at int64) {
	p.Helper()
	p.do(`INSERT INTO row_key_index (key, column1, value) VALUES (?, ?, ?)`, []byte(k.Metric), codec.AppendRowKey(nil, &k, at), []byte{})
}

// legacyKey is a key of a series without a type.
func legacyKey(metric string, tags ...string) points.Key {
	k := longKey(metric, tags...)
	k.Type = points.TypeLegacy
	return k
}

// TestLegacyIndex: series that only the legacy index lists are found in any
// range, those that both list come once, and metrics that begin alike are left
// alone.
func TestLegacyIndex(t *testing.T) {
	s := opened(t, Config{Layout: codec.Layout{Unit: codec.Legacy, Width: 1000}})
	p := plant(t, s)
	for _, at := range []int64{-2000, 0, 1000, 5000} {
		p.old(legacyKey("m"), at)
		p.old(legacyKey("m", "h", "a"), at)
		p.old(longKey("m", "h", "a"), at)
		p.old(longKey("m2", "h", "a"), at)
		p.old(longKey("m\x00n", "h", "a"), at)
	}
	p.series(longKey("m", "h", "a"), 1000, 2000)
	p.series(legacyKey("m", "h", "a"), 1000, 2000)
	if err := p.conn.findLegacy(t.Context()); err != nil {
		t.Fatal(err)
	}
	long, untyped, bare := seriesText(longKey("m", "h", "a"), nil), seriesText(legacyKey("m", "h", "a"), nil), seriesText(legacyKey("m"), nil)
	for _, c := range []struct {
		from, to int64
		want     []string
	}{
		{0, 999, []string{bare + " 0u", untyped + " 0u", long + " 0"}},
		{1000, 2500, []string{bare + " 1000u", untyped + " 1000u 2000", long + " 1000 2000"}},
		{-1500, 500, []string{bare + " -2000u 0u", untyped + " -2000u 0u", long + " -2000 0"}},
		{-1500, -1, []string{bare + " -2000u", untyped + " -2000u", long + " -2000"}},
		{6000, 9000, nil},
	} {
		got := found(t, s, storage.Selection{Metrics: []string{"m"}}, points.Range{From: c.from, To: c.to})
		sameTexts(t, fmt.Sprintf("%d to %d", c.from, c.to), got, c.want)
	}
	sel := storage.Selection{Metrics: []string{"m"}, Types: []string{points.TypeLegacy}, Matchers: []storage.Matcher{{Tag: "h", Absent: true}}}
	sameTexts(t, "without a tag", found(t, s, sel, points.Range{From: 0, To: 0}), []string{bare + " 0u"})
	sel = storage.Selection{Metrics: []string{"m\x00n"}}
	sameTexts(t, "a name with a NUL", found(t, s, sel, points.Range{From: 0, To: 0}), []string{seriesText(longKey("m\x00n", "h", "a"), nil) + " 0"})
}

// TestLegacyDamage: an entry that is no row key is told, not passed over.
func TestLegacyDamage(t *testing.T) {
	s := opened(t, Config{})
	p := plant(t, s)
	start, _ := codec.IndexBounds("m", 0, 0)
	p.do(`INSERT INTO row_key_index (key, column1, value) VALUES (?, ?, ?)`, []byte("m"), append(start, "\x00\x7fshort"...), []byte{})
	if err := p.conn.findLegacy(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, err := range s.find(t.Context(), storage.Selection{Metrics: []string{"m"}}, points.Always) {
		if !errors.Is(err, points.ErrCorrupt) {
			t.Errorf("got %v, want %v", err, points.ErrCorrupt)
		}
	}
}

// TestLegacyAppears: a cluster whose legacy index was empty is looked at again.
func TestLegacyAppears(t *testing.T) {
	s := opened(t, Config{})
	p := plant(t, s)
	p.old(longKey("m", "h", "a"), 0)
	sel := storage.Selection{Metrics: []string{"m"}}
	sameTexts(t, "at first", found(t, s, sel, points.Always), nil)
	eventually(t, "the legacy index is found", func() bool {
		p.conn.legacyAt.Store(time.Now().Add(-2 * legacyCheck).UnixNano())
		return len(found(t, s, sel, points.Always)) == 1
	})
}

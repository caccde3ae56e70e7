package pebble

import (
	"context"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/points"
)

// manyLeft is how many series these tests leave unread: enough to be walked to, and for
// their keys to be read ahead.
const manyLeft = aheadFrom + 4*aheadKeys

// storeLeft is a store of many series, some of which have a large run.
func storeLeft(t *testing.T) *Store {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	var batch storage.Batch
	for i := range manyLeft {
		var b points.Block
		for at := range int64(2) {
			b.AppendInt(at, at)
		}
		batch.Put(cpu(fmt.Sprint(i)), b, 0)
	}
	if err := s.Write(t.Context(), &batch); err != nil {
		t.Fatal(err)
	}
	put(t, s, cpu("3"), 0, 3000, 1)
	return s
}

// TestSnapshotOutlived: a snapshot closes what its readers have left open, since a bug has
// kept them from it, so that nothing holds files that are not needed any more; a cursor
// that is closed late does no harm.
func TestSnapshotOutlived(t *testing.T) {
	s := storeLeft(t)
	snap, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var left []points.Cursor
	for x, err := range snap.Select(t.Context(), storage.Selection{}) {
		if err != nil {
			t.Fatal(err)
		}
		c := x.Points(points.Always, points.Asc)
		c.(points.Brief).AtMost(1)
		var b points.Block
		if err := c.Next(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if left = append(left, c); len(left)%2 == 0 {
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := snap.Close(); err != nil {
		t.Error(err)
	}
	for _, c := range left[:len(left)/2] {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("close with %d cursors of a closed snapshot: %v", len(left), err)
	}
}

// TestPanicOverNames: a panic of him who is given series or names one by one leaves no
// iterator open.
func TestPanicOverNames(t *testing.T) {
	s := storeLeft(t)
	for name, read := range map[string]func(ctx context.Context, r storage.Reader, given func()){
		"series": func(ctx context.Context, r storage.Reader, given func()) {
			for range r.Select(ctx, storage.Selection{}) {
				given()
			}
		},
		"metrics": func(ctx context.Context, r storage.Reader, given func()) {
			for range r.Metrics(ctx, storage.Selection{}) {
				given()
			}
		},
		"tags": func(ctx context.Context, r storage.Reader, given func()) {
			for range r.TagNames(ctx, storage.Selection{Metrics: []string{"cpu"}}) {
				given()
			}
		},
		"values": func(ctx context.Context, r storage.Reader, given func()) {
			for range r.TagValues(ctx, "host", storage.Selection{Metrics: []string{"cpu"}}) {
				given()
			}
		},
	} {
		for _, at := range []int{1, aheadFrom / 2, manyLeft} {
			snap, err := s.Snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range []storage.Reader{s, snap} {
				n := 0
				err := points.Guarded(func() error {
					read(t.Context(), r, func() {
						if n++; n == at {
							panic("a bug of the reader")
						}
					})
					return nil
				})
				if (err != nil) != (n >= at) {
					t.Errorf("%s, %d: got %v behind %d", name, at, err, n)
				}
			}
			if err := snap.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

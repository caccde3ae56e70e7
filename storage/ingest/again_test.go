package ingest_test

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/ingest"
	"aion/storage/memory"
	"aion/storage/points"
	"aion/storage/storagetest"
)

// TestRecalled puts points of one series and one time by their column, by what the
// store recalls and by the column again: the last one stays, also where the store has
// forgotten the series when it is written.
func TestRecalled(t *testing.T) {
	for _, c := range []struct {
		name   string
		forget bool
		order  string // c: by the column, r: recalled
		want   []string
	}{
		{"last by the column", false, "crc", []string{"m{host=a} kairos_double 1 3"}},
		{"last recalled", false, "crr", []string{"m{host=a} kairos_double 1 3"}},
		{"recalled alone", false, "r", []string{"m{host=a} kairos_double 1 1"}},
		{"forgotten, last by the column", true, "crc", []string{"m{host=a} kairos_double 1 3"}},
		{"forgotten, last recalled", true, "ccr", []string{"m{host=a} kairos_double 1 3"}},
		{"forgotten alone", true, "rr", []string{"m{host=a} kairos_double 1 2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			store := &oblivious{Recalling: storagetest.NewRecalling(storage.Checked(memory.New(memory.Config{})), 1)}
			text := []byte("a")
			mark := storage.MarkOf(text)
			w := ingest.New(store, ingest.Config{Key: func(text []byte) points.Key {
				return points.Key{Metric: "m", Tags: points.Tags{{Name: "host", Value: string(text)}}}
			}})
			w.Reset(store)
			if !w.Recalls() {
				t.Fatal("the writer does not see that the store recalls")
			}
			column := w.Column(key(points.TypeDouble))
			column.Mark(mark)
			noError(t, column.Float(1, 0, 0))
			noError(t, w.Flush(t.Context()))
			store.forgets = c.forget
			for i, by := range c.order {
				if by == 'c' {
					noError(t, column.Float(1, float64(i+1), 0))
					continue
				}
				refs := make([]storage.Ref, 1)
				w.Recall([]storage.Mark{mark}, refs)
				if refs[0] == 0 {
					t.Fatal("the series is not recalled")
				}
				w.Recalled(text, []storage.Recalled{{Ref: refs[0], At: 1, Bits: math.Float64bits(float64(i + 1)), TTL: time.Hour}})
			}
			noError(t, w.Flush(t.Context()))
			if got := dump(t, store); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if got, want := w.Stored(), int64(1+len(c.order)); got != want {
				t.Errorf("%d points are stored, want %d", got, want)
			}
		})
	}
}

// TestRecalledTexts: a writer is full of long texts, too, although their numbers weigh
// little, as it has to keep them until they are written.
func TestRecalledTexts(t *testing.T) {
	store := storagetest.NewRecalling(memory.New(memory.Config{}), 1)
	w := ingest.New(store, ingest.Config{})
	w.Reset(store)
	text, n := make([]byte, 64<<10), 0
	for !w.Full() && n < 1000 {
		w.Recalled(text, []storage.Recalled{{Ref: 1, At: int64(n), Long: true}})
		n++
	}
	if most := 3 * storage.MaxBatch / len(text); n > most {
		t.Errorf("the writer has taken %d texts of %d bytes and is not full, want %d at most", n, len(text), most)
	}
}

// oblivious is a store that can forget everything that a batch has recalled.
type oblivious struct {
	*storagetest.Recalling
	forgets bool
}

// Write gives a batch back that has recalled something, if that is to be forgotten.
func (o *oblivious) Write(ctx context.Context, b *storage.Batch) error {
	if o.forgets && len(b.Recalled) != 0 {
		return storage.ErrForgotten
	}
	return o.Recalling.Write(ctx, b)
}

// noError ends the test with an error.
func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

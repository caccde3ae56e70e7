// Package ingest gathers typed points into durable batches, whichever way they
// came in: HTTP, telnet, Carbon, remote write, save_as, roll-ups. Points of one
// series stand in one column until a batch is full, so that a store is given
// blocks and never single points. What must not be stored is refused with a
// reason, point by point, and does not disturb its neighbours.
//
// A series that comes again, named by the same bytes as before, needs neither column
// nor key: Column.Mark tells the store those bytes, Writer.Recall asks it for them, and
// Writer.Recalled adds numbers. Should the store have forgotten the series by the time
// of the Flush, the Writer makes keys of the bytes, and nobody else hears of it.
package ingest

import (
	"context"
	"fmt"
	"slices"

	"aion/storage"
	"aion/storage/points"
)

// Config bounds a Writer. The zero value takes the defaults.
type Config struct {
	MaxBytes  int // of a batch, as storage.Batch counts them; 0: storage.MaxBatch
	MaxSeries int // remembered from batch to batch; 0: 65,536

	// Key is the series of a text that Recalled was given, its type left open. nil:
	// Recalled is never called.
	Key func(text []byte) points.Key
}

// The default, and how much memory of columns and bytes of keys a Writer keeps
// for its next batch.
const (
	maxSeries = 1 << 16
	maxKept   = 2 * storage.MaxBatch
	maxKeys   = 8 * storage.MaxBatch
)

// Where so many series are written in turns that a Writer forgets each before it
// comes again, remembering them only costs: what it looks into is far from the
// processor, and full of strangers. Then it remembers a part of MaxSeries, until so
// many times MaxSeries have come and gone, and tries again. So it begins, too: series
// that come once cannot be told from those that come again before many have been seen.
const (
	fewSeries = 16
	fewFirst  = 4
	fewLast   = 16
)

// reserve is how far below the limit of a batch a Writer calls itself full, so
// that what a caller adds between two looks still fits.
const reserve = storage.MaxBatch / 32

// Writer gathers the points of one request or connection. It serves one
// goroutine. Within a series the order of the calls is the order in which the
// store applies them, so that the last value of a millisecond wins; batches are
// written in order, each before the next is begun.
type Writer struct {
	store storage.Writer
	c     Config

	columns table
	first   rooms
	batch   storage.Batch // what is to be written; columns point to their places in it
	turn    int           // grows when a batch ends: no column points there any more
	keys    int           // what the keys of the columns weigh
	uses    int           // how often columns have got points for a batch in this era
	few     int           // of how many more series few are remembered
	era     int
	stored  int64
	scratch []byte
	again   again
}

// New makes a Writer.
func New(store storage.Writer, c Config) *Writer {
	if c.MaxBytes <= 0 {
		c.MaxBytes = storage.MaxBatch
	}
	if c.MaxSeries <= 0 {
		c.MaxSeries = maxSeries
	}
	return &Writer{store: store, c: c, turn: 1, few: fewFirst * c.MaxSeries}
}

// Reset drops what has not been written and makes w a Writer for another store.
// Columns and their memory stay.
func (w *Writer) Reset(store storage.Writer) {
	w.store, w.stored = store, 0
	w.again.store, _ = store.(storage.Recaller)
	w.clear()
}

// Column is the place of a series' points. It may be kept and filled as long as
// Era does not change. The key's tags are kept and must not change.
func (w *Writer) Column(key points.Key) *Column {
	hash := w.hash(&key)
	c := w.columns.find(hash, &key)
	if c == nil {
		c = w.columns.add(w, hash, key)
		w.keys += key.Weight()
	}
	return c
}

// hash is what stands for a key among the columns.
func (w *Writer) hash(key *points.Key) uint64 {
	w.scratch = key.Append(w.scratch[:0])
	return w.columns.hash(w.scratch)
}

// find is the column of a key, or nil.
func (w *Writer) find(key *points.Key) *Column { return w.columns.find(w.hash(key), key) }

// Remove takes the points at these times out of a series. Points that are added
// later stay. The key's tags are kept and must not change.
func (w *Writer) Remove(key points.Key, times ...int64) {
	if c := w.find(&key); c != nil {
		c.seal()
	}
	w.batch.Remove(key, slices.Clone(times)...)
}

// Era changes when a Flush has let go of the columns.
func (w *Writer) Era() int { return w.era }

// Stored counts the points that have been written.
func (w *Writer) Stored() int64 { return w.stored }

// Full tells whether it is time for a Flush.
func (w *Writer) Full() bool {
	return w.batch.Size() > w.c.MaxBytes-min(reserve, w.c.MaxBytes/2) || len(w.again.text) > maxTexts
}

// FlushFull is Flush for a Writer that is full.
func (w *Writer) FlushFull(ctx context.Context) error {
	if !w.Full() {
		return nil
	}
	return w.Flush(ctx)
}

// Flush writes what has been gathered. When it fails, nothing is lost: the next
// Flush tries the same points again before later ones.
func (w *Writer) Flush(ctx context.Context) error {
	n := w.batch.Len()
	if n == 0 && len(w.batch.Changes) == 0 {
		return nil
	}
	if err := w.write(ctx); err != nil {
		w.turn++
		return fmt.Errorf("write %d points: %w", n, err)
	}
	w.stored += int64(n)
	w.clear()
	return nil
}

// clear empties the batch, which nothing refers to any more.
func (w *Writer) clear() {
	w.batch.Recycle(maxKept)
	w.again.reset()
	w.turn++
	w.forget()
}

// forget lets go of all columns when there are more of them than allowed, or
// when their keys are too long together.
func (w *Writer) forget() {
	n, most := w.columns.used, w.c.MaxSeries
	if w.few > 0 {
		most /= fewSeries
	}
	if n <= most && w.keys <= maxKeys {
		return
	}
	if w.few > 0 {
		w.few -= n
	} else if came := w.uses - n; came < n/4 { // few have come again
		w.few = fewLast * w.c.MaxSeries
	}
	w.columns.clear()
	w.keys, w.uses = 0, 0
	w.era++
}

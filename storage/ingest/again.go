package ingest

import (
	"context"
	"errors"

	"aion/storage"
	"aion/storage/points"
)

// again is what belongs to the numbers of a batch whose series came again: the texts
// that name them, kept until the batch is written, in case that the store does not know
// one of them any more.
type again struct {
	store storage.Recaller // nil: it knows none
	text  []byte           // the texts, one behind the other
	spans [][2]int         // where they stand, one for each number of the batch
	seal  int              // how many changes there were when the columns were sealed last
}

// maxTexts is how many bytes of texts a batch may have before it is full, whatever its
// numbers weigh.
const maxTexts = maxKept

// reset forgets the texts.
func (a *again) reset() { a.text, a.spans, a.seal = a.text[:0], a.spans[:0], 0 }

// Recalls tells whether the store of the last Reset may know series by texts.
func (w *Writer) Recalls() bool { return w.again.store != nil }

// Recall is storage.Recaller's. It is called where Recalls is true.
func (w *Writer) Recall(marks []storage.Mark, refs []storage.Ref) {
	w.again.store.Recall(marks, refs)
}

// Recalled adds numbers of a series that has been recalled by the mark of a text, of
// which Config.Key tells the series. Their Ref and type are those of that series, and
// they are finite.
func (w *Writer) Recalled(text []byte, numbers []storage.Recalled) {
	a := &w.again
	if n := len(w.batch.Changes); n != a.seal { // what columns get now comes behind these numbers
		w.turn++
		a.seal = n
	}
	from := len(a.text)
	a.text = append(a.text, text...)
	for i := range numbers {
		w.batch.Recall(numbers[i])
		a.spans = append(a.spans, [2]int{from, len(a.text)})
	}
}

// write writes the batch, with keys where the store does not know all series any more.
func (w *Writer) write(ctx context.Context) error {
	err := w.store.Write(ctx, &w.batch)
	if errors.Is(err, storage.ErrForgotten) {
		err = w.store.Write(ctx, w.keyed())
	}
	return err
}

// keyed is the batch with a key for every number.
func (w *Writer) keyed() *storage.Batch {
	var out storage.Batch
	next := 0
	until := func(change int) {
		for ; next < len(w.batch.Recalled) && int(w.batch.Recalled[next].Turn) <= change; next++ {
			w.addKeyed(&out, next)
		}
	}
	for i := range w.batch.Changes {
		until(i)
		c := &w.batch.Changes[i]
		if len(c.Remove) != 0 {
			out.Remove(c.Key, c.Remove...)
		}
		if c.Points.Len() != 0 {
			out.Put(c.Key, c.Points, c.TTL)
			out.Changes[len(out.Changes)-1].Mark = c.Mark
		}
	}
	until(len(w.batch.Changes))
	return &out
}

// addKeyed adds number i of the batch with its key.
func (w *Writer) addKeyed(out *storage.Batch, i int) {
	r, span := &w.batch.Recalled[i], w.again.spans[i]
	key := w.c.Key(w.again.text[span[0]:span[1]])
	key.Type = r.Type()
	var b points.Block
	r.AddTo(&b)
	out.Put(key, b, r.TTL)
}

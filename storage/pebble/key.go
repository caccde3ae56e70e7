package pebble

import (
	"context"
	"fmt"
	"math"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// stepSheets is up to how many sheets further on one is to be reached by stepping.
const stepSheets = 3

// eachKey calls f with the keys of series, in the order of their numbers, until
// it answers false. That the index names a series that is not there is damage.
func (r reader) eachKey(ctx context.Context, members *set, f func(number uint64, k points.Key) (bool, error)) (err error) {
	keys := r.walkKeys(members)
	defer func() { err = translate(firstOf(err, keys.close())) }()
	_, err = keys.each(ctx, math.MaxInt, f)
	return err
}

// keyWalk reads the keys of series in the order of their numbers.
type keyWalk struct {
	r      reader
	left   roaring64.IntPeekable64 // the numbers that have not been read
	few    bool                    // there is one: no iterator is worth it
	kept   bool                    // keys are kept for others
	it     *pebble.Iterator        // over sheets; nil: none has been read
	at     uint64                  // the number of the sheet that it is at
	sheet  sheetReader             // of the sheet that it is at
	seek   []byte
	parser keyParser
}

// walkKeys is a walk over the keys of series, which the caller closes.
func (r reader) walkKeys(members *set) keyWalk {
	n := members.GetCardinality()
	keys := keyWalk{r: r, left: members.Iterator(), few: n == 1, kept: n <= cachedTogether}
	keys.parser.joined = !keys.kept
	return keys
}

// each calls f with the next keys, most of them at most, until it answers false, and
// tells whether it wants more.
func (w *keyWalk) each(ctx context.Context, most int, f func(number uint64, k points.Key) (bool, error)) (more bool, err error) {
	more = true
	for ; w.left.HasNext() && more && err == nil && most > 0; most-- {
		number := w.left.Next()
		var k points.Key
		if err = ctx.Err(); err == nil {
			k, err = w.key(number)
		}
		if err == nil {
			more, err = f(number, k)
		}
	}
	return more, err
}

// key is the key of a series.
func (w *keyWalk) key(number uint64) (points.Key, error) {
	if !w.kept {
		return w.read(number)
	}
	k, ok := w.r.s.keys.find(number)
	if ok {
		return k, nil
	}
	k, err := w.read(number)
	if err == nil {
		w.r.s.keys.keep(number, k)
	}
	return k, err
}

// read reads the key of a series.
func (w *keyWalk) read(number uint64) (k points.Key, err error) {
	if w.few {
		return w.r.oneKey(number)
	}
	if w.it == nil {
		if w.it, err = w.r.snap.NewIter(&pebble.IterOptions{LowerBound: []byte{keySeries}, UpperBound: []byte{keySeries + 1}}); err != nil {
			return k, err
		}
	}
	if err := w.turn(sheetOf(number)); err != nil {
		return k, err
	}
	ok := w.it.Valid() && w.at == sheetOf(number)
	if ok {
		ok, err = w.sheet.find(number)
	}
	switch {
	case err != nil:
		return k, err
	case !ok:
		return k, missing(number)
	}
	return w.parser.parse(w.sheet.key)
}

// turn goes to a sheet, or where it would be.
func (w *keyWalk) turn(sheet uint64) error {
	was, begun := w.at, w.it.Valid()
	for w.it.Valid() && w.at < sheet && sheet-w.at <= stepSheets*sheetSize {
		w.it.Next()
		w.note()
	}
	if !w.it.Valid() || w.at < sheet {
		w.seek = appendSheetKey(w.seek[:0], sheet)
		w.it.SeekGE(w.seek)
		w.note()
	}
	if !w.it.Valid() || begun && w.at == was {
		return w.it.Error()
	}
	v, err := w.it.ValueAndErr()
	w.sheet.open(w.at, v)
	return err
}

// note notes the number of the sheet that the iterator is at.
func (w *keyWalk) note() {
	if w.it.Valid() {
		w.at, _ = parseNumbered(w.it.Key())
	}
}

// close closes the iterator.
func (w *keyWalk) close() error {
	if w.it == nil {
		return nil
	}
	return w.it.Close()
}

// oneKey reads the key of a series by itself.
func (r reader) oneKey(number uint64) (points.Key, error) {
	b, ok, err := readKey(r.snap, nil, number)
	if err != nil {
		return points.Key{}, err
	}
	if !ok {
		return points.Key{}, missing(number)
	}
	return parseKey(b)
}

// missing is the error of an index that names a series that is not there.
func missing(number uint64) error {
	return fmt.Errorf("the index names series %d, which is not there: %w", number, points.ErrCorrupt)
}

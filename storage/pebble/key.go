package pebble

import (
	"context"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// stepSheets is up to how many sheets further on one is to be reached by stepping.
const stepSheets = 3

// eachKey calls f with the keys of series, in the order of their numbers, until
// it answers false. That the index names a series that is not there is damage.
func (r reader) eachKey(ctx context.Context, members *set, f func(number uint64, k points.Key) (bool, error)) (err error) {
	n := members.GetCardinality()
	keys := keyWalk{r: r, few: n == 1, kept: n <= cachedTogether}
	keys.parser.joined = !keys.kept
	more := true
	for m := members.Iterator(); m.HasNext() && more && err == nil; {
		number := m.Next()
		var k points.Key
		if err = ctx.Err(); err == nil {
			k, err = keys.key(number)
		}
		if err == nil {
			more, err = f(number, k)
		}
	}
	return translate(firstOf(err, keys.close()))
}

// keyWalk reads the keys of series in the order of their numbers.
type keyWalk struct {
	r      reader
	few    bool             // there is one: no iterator is worth it
	kept   bool             // keys are kept for others
	it     *pebble.Iterator // over sheets; nil: none has been read
	at     uint64           // the number of the sheet that it is at
	sheet  sheetReader      // of the sheet that it is at
	seek   []byte
	parser keyParser
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

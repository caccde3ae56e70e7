package pebble

import (
	"errors"
	"slices"

	"aion/storage/chunk"
	"aion/storage/points"
)

// examiner looks at series, one after the other, as of the moment of its making.
type examiner struct {
	s    *Store
	scan *scan
	at   epochs
}

// examine begins to look at series. The examiner is closed by the caller.
func (s *Store) examine() (*examiner, error) {
	it, at, err := reader{s: s}.iterate()
	if err != nil {
		return nil, translate(err)
	}
	sc := s.scans.Get().(*scan)
	sc.it, sc.grouped, sc.merge.always = it, s.grouped, true
	return &examiner{s, sc, at}, nil
}

// close gives back what the examiner holds.
func (e *examiner) close() error { return translate(e.s.release(e.scan)) }

// look tells whether a series has a point left, and a time at which it may have
// none: notDue if one of the newest points never expires.
func (e *examiner) look(number uint64) (live bool, due int64, err error) {
	sc := e.scan
	if err := sc.collect(number, e.at); err != nil {
		return false, 0, err
	}
	if err := sc.begin(number, points.Always, points.Desc, e.s.millis()); err != nil {
		return false, 0, err
	}
	b := &sc.small.spare
	b.Reset(points.Number)
	sc.expires = sc.expires[:0]
	if err := sc.merge.fill(b, &sc.expires, chunk.PageSize); err != nil {
		return false, 0, err
	}
	if len(sc.expires) < b.Len() || slices.Contains(sc.expires, 0) {
		return b.Len() != 0, notDue, nil
	}
	for _, at := range sc.expires {
		due = max(due, at)
	}
	return b.Len() != 0, due, nil
}

// misfiled tells whether a series has no point left, or is not filed as is due.
// A series that cannot be read is left as it is.
func (e *examiner) misfiled(number uint64) (bool, error) {
	live, due, err := e.look(number)
	if err != nil || !live {
		return err == nil, e.s.forgive(err)
	}
	filed, err := readDue(e.s.db, number)
	return filed != due, err
}

// forgive is err without damage to points: who tidies up leaves what is damaged.
func (s *Store) forgive(err error) error {
	if err = translate(err); errors.Is(err, points.ErrCorrupt) {
		return nil
	}
	return err
}

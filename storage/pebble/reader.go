package pebble

import (
	"context"
	"iter"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage"
	"aion/storage/points"
)

// reader reads the store: as of a snapshot, or, without one, as of each call.
type reader struct {
	s    *Store
	snap *pebble.Snapshot
	at   epochs // of the snapshot
	turn uint64 // of the index, which the snapshot sees; noTurn: some
	seen uint64 // the last batch that the snapshot has for certain
	held int64  // when the snapshot was about to be made, in Unix milliseconds
	idle *idle  // of a snapshot that is read for long; else nil
}

// iterate opens an iterator over everything, and tells which epochs may have
// runs. The oldest epoch is read before and the newest after the iterator's
// state is fixed: an epoch too many is harmless, one too few is not.
func (r reader) iterate() (*pebble.Iterator, epochs, error) {
	if r.snap != nil {
		it, err := r.snap.NewIter(nil)
		return it, r.at, err
	}
	e := epochs{oldest: r.s.oldest.Load()}
	it, err := r.s.db.NewIter(nil)
	e.newest = r.s.newest.Load()
	return it, e, err
}

// open takes a scan that rests, best for the series of that number, or opens one,
// and tells which epochs may have runs. It is released by the caller.
func (r reader) open(number uint64) (*scan, epochs, error) {
	if sc := r.idle.take(number); sc != nil {
		return sc, r.at, nil
	}
	it, at, err := r.iterate()
	if err != nil {
		return nil, at, err
	}
	sc := r.s.scans.Get().(*scan)
	sc.it, sc.home, sc.vetted, sc.grouped = it, r.idle, r.s.vetted, r.s.grouped
	r.idle.lend(sc)
	return sc, at, nil
}

// scan begins to read a series. The scan is released by the caller. With always
// it tells when each point expires.
func (r reader) scan(number uint64, within points.Range, o points.Order, always bool) (*scan, error) {
	sc, e, err := r.open(number)
	if err != nil {
		return nil, err
	}
	sc.merge.always = always
	if err := sc.read(number, e, within, o, r.s.millis()); err != nil {
		return nil, firstOf(err, r.s.release(sc))
	}
	return sc, nil
}

// firstOf is the first error that is none.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// release lets a scan rest where it has a home, or else closes it and keeps its
// memory for the next. One whose reading has panicked is not released, since nobody
// is to read with it: it is closed with its home.
func (s *Store) release(sc *scan) error {
	if sc.home.keep(sc) {
		return nil
	}
	err := sc.close()
	s.scans.Put(sc)
	return err
}

// millis is the store's clock in Unix milliseconds.
func (s *Store) millis() int64 { return s.now().UnixMilli() }

// hold fixes the state of the store for several reads. The reader's snapshot is
// closed by the caller.
func (s *Store) hold() reader {
	e, held, turn := epochs{oldest: s.oldest.Load()}, s.millis(), s.postings.present()
	seen := s.tips.Seen()
	s.footing.give(s.db)
	snap := s.db.NewSnapshot()
	if s.postings.present() != turn {
		turn = noTurn
	}
	e.newest = s.newest.Load()
	return reader{s: s, snap: snap, at: e, turn: turn, seen: seen, held: held}
}

// sees is the last batch that changes points of which an iterator that is opened
// from now on has everything.
func (r *reader) sees() uint64 {
	if r.snap != nil {
		return r.seen
	}
	return r.s.tips.Seen()
}

// Snapshot holds the present state.
func (s *Store) Snapshot(ctx context.Context) (storage.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := s.hold()
	r.idle = &idle{}
	return &snapshot{r}, nil
}

// snapshot is the store as it was at one moment.
type snapshot struct{ reader }

// Close gives the state back.
func (s *snapshot) Close() error {
	return translate(firstOf(s.idle.close(s.s), s.snap.Close()))
}

// Select yields the series that match.
func (s *snapshot) Select(ctx context.Context, sel storage.Selection) iter.Seq2[storage.Series, error] {
	return func(yield func(storage.Series, error) bool) { s.selectSeries(ctx, sel, s.reader, yield) }
}

// Metrics yields names of metrics.
func (s *snapshot) Metrics(ctx context.Context, sel storage.Selection) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) { s.names(ctx, sel, metricNames, yield) }
}

// TagNames yields names of tags.
func (s *snapshot) TagNames(ctx context.Context, sel storage.Selection) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) { s.names(ctx, sel, tagNames, yield) }
}

// TagValues yields values of a tag.
func (s *snapshot) TagValues(ctx context.Context, tag string, sel storage.Selection) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) { s.names(ctx, sel, valuesOf(tag), yield) }
}

// held calls read with the state of the store held.
func held[T any](s *Store, read func(r reader, yield func(T, error) bool)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		r := s.hold()
		defer r.snap.Close()
		read(r, yield)
	}
}

// Select yields the series that match. Each is read as of its cursor's opening.
func (s *Store) Select(ctx context.Context, sel storage.Selection) iter.Seq2[storage.Series, error] {
	return held(s, func(r reader, yield func(storage.Series, error) bool) {
		r.selectSeries(ctx, sel, reader{s: s}, yield)
	})
}

// Metrics yields names of metrics.
func (s *Store) Metrics(ctx context.Context, sel storage.Selection) iter.Seq2[string, error] {
	return held(s, func(r reader, yield func(string, error) bool) { r.names(ctx, sel, metricNames, yield) })
}

// TagNames yields names of tags.
func (s *Store) TagNames(ctx context.Context, sel storage.Selection) iter.Seq2[string, error] {
	return held(s, func(r reader, yield func(string, error) bool) { r.names(ctx, sel, tagNames, yield) })
}

// TagValues yields values of a tag.
func (s *Store) TagValues(ctx context.Context, tag string, sel storage.Selection) iter.Seq2[string, error] {
	return held(s, func(r reader, yield func(string, error) bool) { r.names(ctx, sel, valuesOf(tag), yield) })
}

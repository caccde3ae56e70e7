package pebble

import (
	"context"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// A series that may have lost its last point is looked at when its time has
// come. Should the sweeper be late by more than lenience, readers look for
// themselves, so that names are gone within a minute all the same.
const lenience = 30_000

// knownSeries is how many series the dictionary keeps in memory when the sweeper
// has come by.
const knownSeries = 1 << 20

// Sweep removes the series whose last point has expired, and the points that the
// rules of retention hide. The background does so now and then.
func (s *Store) Sweep(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return firstOf(s.sweep(), s.retain(ctx))
}

// sweep removes the series whose last point has expired, files the others anew,
// and takes the points away that have expired there.
func (s *Store) sweep() error {
	s.shrink()
	for {
		due, err := s.due(sweepAtOnce)
		if err != nil || len(due) == 0 || s.stopped() {
			return err
		}
		if err := s.sweepSome(due); err != nil {
			return fmt.Errorf("sweep expired series: %w", err)
		}
	}
}

// sweepAtOnce is how many series are swept at a time.
const sweepAtOnce = 1024

// sweepSome sweeps series, and unfiles what is not there any more.
func (s *Store) sweepSome(due []dueSeries) error {
	var numbers, expiring []uint64
	for _, d := range due {
		filed, err := readDue(s.db, d.number)
		if err = s.forgive(err); err != nil {
			return err
		}
		if numbers = append(numbers, d.number); filed <= d.at { // else it is to be looked at alone
			expiring = append(expiring, d.number)
		}
	}
	if err := s.trim(expiring); err != nil {
		return err
	}
	if err := s.reap(numbers); err != nil {
		return err
	}
	return s.unfile(due)
}

// unfile takes away the times that series have been looked at for. Nobody
// writes meanwhile: a writer that files a series at the same time would lose
// what it has filed.
func (s *Store) unfile(due []dueSeries) error {
	s.lives.Lock()
	defer s.lives.Unlock()
	batch := s.newBatch()
	for _, d := range due {
		if err := s.unfileOne(batch, d); err != nil {
			return err
		}
	}
	if err := s.commit(batch, pebble.NoSync); err != nil {
		return err
	}
	return translate(batch.Close())
}

// unfileOne is unfile for one series. The dictionary then knows the time that is
// left, because a writer rests on it.
func (s *Store) unfileOne(batch *pebble.Batch, d dueSeries) error {
	filed, err := readDue(s.db, d.number)
	if err != nil {
		return err
	}
	_, ok, err := readKey(s.db, nil, d.number)
	nameless := err != nil
	if err = s.forgive(err); err != nil {
		return err
	}
	switch {
	case filed != d.at:
		// Two writers filed the series at once, and the other one won; or the
		// compactor has asked for a look.
		err = batch.Delete(appendDueKey(nil, d.at, d.number), nil)
	case !ok && !nameless:
		err = refile(batch, d.number, d.at, notDue)
	default:
		// The series is damaged: it cannot be told whether points are left.
		filed = s.millis() + lenience
		err = refile(batch, d.number, d.at, filed)
	}
	if err == nil && ok {
		s.dict.file(d.number, filed)
	}
	return err
}

// shrink keeps the dictionary's memory in bounds.
func (s *Store) shrink() {
	s.lives.Lock()
	defer s.lives.Unlock()
	s.dict.shrink(knownSeries)
}

// dueSeries is a series that the sweeper has to look at.
type dueSeries struct {
	number uint64
	at     int64
}

// due lists up to n series that have to be looked at.
func (s *Store) due(n int) ([]dueSeries, error) {
	it, err := s.db.NewIter(dueUntil(s.millis()))
	if err != nil {
		return nil, translate(err)
	}
	var out []dueSeries
	for ok := it.First(); ok && len(out) < n; ok = it.Next() {
		if at, number, ok := parseDueKey(it.Key()); ok {
			out = append(out, dueSeries{number, at})
		}
	}
	return out, translate(firstOf(it.Error(), it.Close()))
}

// dueUntil bounds an iterator to what is due at a time.
func dueUntil(at int64) *pebble.IterOptions {
	return &pebble.IterOptions{LowerBound: []byte{keyDue}, UpperBound: next(appendTime([]byte{keyDue}, at))}
}

// trim takes expired points out of the chunks of series.
func (s *Store) trim(numbers []uint64) error {
	s.settling.Lock()
	defer s.settling.Unlock()
	t, err := s.settler()
	if err != nil {
		return translate(err)
	}
	for _, n := range numbers {
		if err = s.forgive(t.trim(n)); err != nil {
			break
		}
	}
	if err == nil {
		err = t.flush()
	}
	return translate(firstOf(err, t.close()))
}

// trim rewrites those chunks of a series of which points have expired.
func (t *settler) trim(number uint64) error {
	t.sc.over.reset(0)
	t.key = appendNumbered(t.key[:0], keyChunk, number)
	for ok := t.runs.SeekGE(t.key); ok; ok = t.runs.Next() {
		first, ok := parseChunkKey(t.runs.Key(), number)
		if !ok {
			break
		}
		v, err := t.runs.ValueAndErr()
		if err != nil {
			return err
		}
		if err := t.chunk.Open(v); err != nil {
			return err
		}
		if !t.chunk.Expiring() || t.chunk.EarliestExpiry() > t.now {
			continue
		}
		if err := t.trimChunk(number, first); err != nil {
			return err
		}
	}
	return t.runs.Error()
}

// trimChunk rewrites the open chunk, which begins at first.
func (t *settler) trimChunk(number uint64, first int64) error {
	t.part.Reset()
	t.s.dropped.Add(1)
	key := appendChunkKey(nil, number, first)
	if err := t.part.Delete(key, nil); err != nil {
		return err
	}
	if err := t.emit(number, points.Range{From: first, To: t.chunk.Last()}, t.chunk.Len()); err != nil {
		return err
	}
	return t.batch.Apply(t.part, nil)
}

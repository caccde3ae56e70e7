package pebble

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"aion/storage"
	"aion/storage/chunk"
	"aion/storage/points"
)

// Rule says how long points of the metrics that begin with Prefix are kept,
// counted from their own times; of several rules for a metric the one with the
// longest prefix counts. No rule, and a Keep of 0, is for ever. What is older
// cannot be read any more, and leaves the disk soon after.
type Rule struct {
	Prefix string
	Keep   time.Duration
}

// retention is the rules, those with the longest prefixes first.
type retention []Rule

// newRetention brings rules into the order in which they count.
func newRetention(rules []Rule) retention {
	r := slices.Clone(rules)
	slices.SortStableFunc(r, func(a, b Rule) int { return len(b.Prefix) - len(a.Prefix) })
	return r
}

// floor is the first time that points of a metric may have now, and whether a
// rule says so.
func (r retention) floor(metric string, now int64) (at int64, ok bool) {
	for _, rule := range r {
		if strings.HasPrefix(metric, rule.Prefix) {
			return now - max(1, rule.Keep.Milliseconds()), rule.Keep > 0
		}
	}
	return 0, false
}

// kept is what a range has that the rules do not hide of a metric.
func (s *Store) kept(metric string, r points.Range) points.Range {
	if len(s.retention) == 0 {
		return r
	}
	if at, ok := s.retention.floor(metric, s.millis()); ok {
		r.From = max(r.From, at)
	}
	return r
}

// kept is what a range has that the rules do not hide of the series.
func (s *series) kept(r points.Range) points.Range { return s.from.s.kept(s.key.Metric, r) }

// How often points are looked for that the rules hide, and how many times as
// long as that takes is waited in between.
const (
	retainEvery = 20 * time.Second
	retainRest  = 20
)

// retainer knows when to look again for points that the rules hide.
type retainer struct{ next time.Time }

// look takes away what the rules hide, if it is time.
func (r *retainer) look(s *Store) error {
	begun := time.Now()
	if len(s.retention) == 0 || begun.Before(r.next) {
		return nil
	}
	err := s.retain(closing(s.stop))
	r.next = begun.Add(max(retainEvery, retainRest*time.Since(begun)))
	if s.stopped() {
		return nil
	}
	return err
}

// retain takes away the points that the rules hide: whole chunks, parts of chunks
// once they are the larger part, and series of which nothing is left.
func (s *Store) retain(ctx context.Context) error {
	if len(s.retention) == 0 {
		return nil
	}
	for metric, err := range s.Metrics(ctx, storage.Selection{}) {
		if err != nil {
			return fmt.Errorf("list metrics to keep: %w", err)
		}
		floor, ok := s.retention.floor(metric, s.millis())
		if !ok {
			continue
		}
		if err := s.retainMetric(ctx, metric, floor); err != nil {
			return fmt.Errorf("take away points of %s before %d: %w", metric, floor, err)
		}
	}
	return nil
}

// retainMetric takes away the points of a metric before floor.
func (s *Store) retainMetric(ctx context.Context, metric string, floor int64) error {
	held := s.hold()
	numbers, err := held.numbers(ctx, storage.Selection{Metrics: []string{metric}})
	if err := firstOf(err, translate(held.snap.Close())); err != nil {
		return err
	}
	for rest := numbers; len(rest) != 0 && !s.stopped(); {
		n := min(len(rest), sweepAtOnce)
		if err := s.retainSome(ctx, rest[:n], floor); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// retainSome takes away the points of series before floor.
func (s *Store) retainSome(ctx context.Context, numbers []uint64, floor int64) error {
	if err := s.dropBefore(numbers, floor); err != nil {
		return err
	}
	var empty []uint64
	for _, n := range numbers {
		live, err := reader{s: s}.any(n, points.Range{From: floor, To: math.MaxInt64})
		if err = firstOf(ctx.Err(), s.forgive(err)); err != nil {
			return err
		}
		if !live {
			empty = append(empty, n)
		}
	}
	if len(empty) == 0 {
		return nil
	}
	// A write may come meanwhile: what it brings is not cut off.
	return s.cutAndReap(empty, points.Range{From: math.MinInt64, To: floor - 1})
}

// dropBefore takes away, of the chunks of series, what lies before floor.
func (s *Store) dropBefore(numbers []uint64, floor int64) error {
	s.settling.Lock()
	defer s.settling.Unlock()
	t, err := s.settler()
	if err != nil {
		return translate(err)
	}
	for _, n := range numbers {
		changes := t.batch.Count()
		if err = s.forgive(t.dropBefore(n, floor)); err == nil && t.batch.Count() != changes {
			err = t.lookAt(n)
		}
		if err != nil {
			break
		}
	}
	if err == nil {
		err = t.flush()
	}
	return translate(firstOf(err, t.close()))
}

// dropBefore is Store.dropBefore for one series. A chunk behind which another one
// begins before floor is not even opened.
func (t *settler) dropBefore(number uint64, floor int64) error {
	t.sc.over.reset(0)
	t.key = appendNumbered(t.key[:0], keyChunk, number)
	t.runs.SeekGE(t.key)
	first, ok := t.oldChunk(number, floor)
	for ok {
		t.runs.Next()
		next, more := t.oldChunk(number, floor)
		if err := t.runs.Error(); err != nil {
			return err
		}
		if !more {
			return t.dropPart(number, first, floor)
		}
		if err := t.drop(number, first); err != nil {
			return err
		}
		first = next
	}
	return t.runs.Error()
}

// oldChunk tells where the chunk begins that the iterator is at, if it is one of
// the series and begins before floor.
func (t *settler) oldChunk(number uint64, floor int64) (first int64, ok bool) {
	if !t.runs.Valid() {
		return 0, false
	}
	first, ok = parseChunkKey(t.runs.Key(), number)
	return first, ok && first < floor
}

// drop deletes a chunk.
func (t *settler) drop(number uint64, first int64) error {
	t.s.dropped.Add(1)
	return t.batch.Delete(appendChunkKey(nil, number, first), nil)
}

// dropPart deletes a chunk if all of it lies before floor, and rewrites it if
// most of it does.
func (t *settler) dropPart(number uint64, first, floor int64) error {
	t.runs.SeekGE(appendChunkKey(nil, number, first))
	if _, ok := t.oldChunk(number, floor); !ok {
		return t.runs.Error()
	}
	v, err := t.runs.ValueAndErr()
	if err != nil {
		return err
	}
	if err := t.chunk.Open(v); err != nil {
		return err
	}
	if t.chunk.Last() < floor {
		return t.drop(number, first)
	}
	old := t.chunk.PagesBelow(0, floor) * chunk.PageSize
	if old <= t.chunk.Len()/2 {
		return nil
	}
	t.part.Reset()
	if err := t.part.Delete(appendChunkKey(nil, number, first), nil); err != nil {
		return err
	}
	span := points.Range{From: floor, To: t.chunk.Last()}
	t.s.dropped.Add(1)
	if err := t.emit(number, span, t.chunk.Len()-old); err != nil {
		return err
	}
	return t.batch.Apply(t.part, nil)
}

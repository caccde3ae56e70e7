package cassandra

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"aion/storage/points"
)

// suspect is a row that was written in the belief that the indexes have it or,
// at least, its row time.
type suspect struct {
	key  points.Key
	row  int64
	id   rowID
	slot int32
	life int64 // with which it is entered again, in seconds, 0 for ever
}

// trial is what a row time knows of rows that were written between two looks
// whether the index still has it. Another server may have deleted it before they
// were, and then they are entered again.
type trial struct {
	before []suspect // written before the last look began
	since  []suspect
	lost   []suspect // found to be in no index, and not entered again yet
}

// maxTrials is how many rows may be on trial, so that this takes no more than
// some dozens of megabytes.
const maxTrials = 200_000

// look begins a look at the time index.
func (t *knownTime) look(now int64) {
	t.looked = now
	t.looks++
	t.before, t.since = append(t.before, t.since...), nil
}

// judge takes account of what a look has found. Where the row time is gone, all
// that was written since it was last there is lost.
func (x *index) judge(t *knownTime, p *indexPlan) {
	if p.ask != askStill || !p.answered || p.generation != t.generation {
		return
	}
	if p.found {
		x.trials -= len(t.before)
		t.before = nil
		return
	}
	t.lost = append(append(t.lost, t.before...), t.since...)
	x.forgetTime(t)
}

// trust puts a row on trial that is written without being entered, or is entered
// where its row time is not, once between two looks.
func (x *index) trust(t *knownTime, known *knownRow, r *rowPlan) {
	if known.trusted == t.looks || x.trials >= maxTrials {
		return
	}
	known.trusted = t.looks
	x.trials++
	k := points.Key{Metric: t.key.metric, Type: strings.Clone(r.key.Type), Tags: slices.Clone(r.key.Tags)}
	for i := range k.Tags {
		k.Tags[i] = points.Tag{Name: strings.Clone(k.Tags[i].Name), Value: strings.Clone(k.Tags[i].Value)}
	}
	t.since = append(t.since, suspect{key: k, row: t.key.row, id: r.id})
	x.onTrial[known.of] = struct{}{}
}

// collect gives the plan the lost rows of its row times that nobody has entered
// again, and answers the write time that is later than theirs.
func (x *index) collect(p *plan, slots []int32, now, least int64) int64 {
	for _, slot := range slots {
		t := x.knownTimes.at(slot)
		for _, l := range t.lost {
			place, ok := x.rows[l.id]
			if !ok {
				continue
			}
			known := x.known.at(place)
			if known.of == slot && (known.generation != t.generation || known.written == 0) {
				l.slot, l.life = place, indexLife(now, known.until)
				least = max(least, known.stamp+1)
				p.lost = append(p.lost, l)
			}
		}
	}
	return least
}

// gone tells whether a row time was entered and is there no more.
func (p *indexPlan) gone() bool { return p.ask == askStill && p.answered && !p.found }

// acquit puts the lost rows of a plan whose index rows were acknowledged on trial
// again: the write time of the delete may be later than that of the plan.
func (x *index) acquit(p *plan) {
	for i := range p.times {
		t := &p.times[i]
		slot, ok := x.times[timeKey{t.metric, t.row}]
		if known := x.knownTimes.at(slot); ok && t.index.generation == known.generation && len(known.lost) != 0 {
			before := len(known.since)
			known.since, known.lost = append(known.since, known.lost...), nil
			x.trials += len(known.since) - before
			x.onTrial[slot] = struct{}{}
		}
	}
}

// waiting are the row times that have rows on trial and were not looked at for a
// second, up to some, those first that have waited longest.
func (x *index) waiting(now int64) []timePlan {
	x.mu.Lock()
	defer x.mu.Unlock()
	var all []*knownTime
	for slot := range x.onTrial {
		switch t := x.knownTimes.at(slot); {
		case len(t.since)+len(t.before)+len(t.lost) == 0:
			delete(x.onTrial, slot)
		case now-t.looked >= lookEvery:
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b *knownTime) int { return cmp.Compare(a.looked, b.looked) })
	times := make([]timePlan, 0, min(len(all), maxLooks))
	for _, t := range all[:cap(times)] {
		times = append(times, timePlan{metric: t.key.metric, row: t.key.row, puts: true, life: 1})
	}
	return times
}

// audit looks after rows on trial until ctx ends: a point that is acknowledged
// after another server's delete is found two seconds later at most, whether its
// series is written again or not.
func (s *Store) audit(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			s.auditOnce(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// auditOnce looks at what waits. What fails is tried again with the next round.
func (s *Store) auditOnce(ctx context.Context) {
	c, err := s.writer()
	if err != nil {
		return
	}
	p := &plan{layout: c.layout, times: s.index.waiting(s.now().UnixMilli())}
	if len(p.times) == 0 {
		return
	}
	if _, err := s.prepareIndex(ctx, c, p, 0); err != nil && ctx.Err() == nil {
		s.log.Debug("rows deleted by others could not be entered into the indexes again; trying again", "error", err)
	}
}

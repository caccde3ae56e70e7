package cassandra

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"aion/storage/codec"
	"aion/storage/points"
)

// suspect is a row that was written in the belief that the indexes have it or,
// at least, its row time. Another server may have deleted it before.
type suspect struct {
	key points.Key
	row int64
	id  rowID
}

// trial is what a row time knows of such rows.
type trial struct {
	since []suspect // written since the row time was last looked after
	lost  []suspect // of which the row time was gone
}

// How many rows may be on trial, so that this takes no more than some dozens of
// megabytes, and how many are looked after in a second: of those whose row time
// is there, which few deletes leave, and of those whose row time is gone.
const (
	maxTrials = 200_000
	maxHeard  = 200
	maxLost   = 2000
)

// look begins a look at the time index.
func (t *knownTime) look(now int64) {
	t.looked = now
	t.looks++
}

// judge takes account of what a call has found of a row time. Where it is gone,
// so may be all that was written since it was last there.
func (x *index) judge(slot int32, t *knownTime, p *indexPlan) {
	if p.gone() && p.generation == t.generation {
		lost := append(t.lost, t.since...)
		t.lost, t.since = nil, nil
		x.forgetTime(t)
		t.lost, t.looked = lost, 0
		x.onTrial[slot] = struct{}{}
	}
}

// gone tells whether a row time was entered and is there no more.
func (p *indexPlan) gone() bool { return p.ask == askStill && p.answered && !p.found }

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

// hearing is a row time whose rows are looked after.
type hearing struct {
	key         timeKey
	generation  uint64
	since, lost []suspect
}

// summon are the row times that have rows on trial and were not looked at for a
// second, up to some, those first that have waited longest. Their rows are on
// trial no more.
func (x *index) summon(now int64) []hearing {
	x.mu.Lock()
	defer x.mu.Unlock()
	var all []*knownTime
	for slot := range x.onTrial {
		switch t := x.knownTimes.at(slot); {
		case len(t.since)+len(t.lost) == 0:
			delete(x.onTrial, slot)
		case now-t.looked >= lookEvery:
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b *knownTime) int { return cmp.Compare(a.looked, b.looked) })
	hearings := make([]hearing, 0, min(len(all), maxLooks))
	for _, t := range all[:cap(hearings)] {
		t.look(now)
		hearings = append(hearings, hearing{t.key, t.generation, t.since, t.lost})
		x.trials -= len(t.since) + len(t.lost)
		t.since, t.lost = nil, nil
	}
	return hearings
}

// remand puts rows on trial again, for another hearing.
func (x *index) remand(key timeKey, since, lost []suspect) {
	if len(since)+len(lost) == 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if slot, ok := x.times[key]; ok {
		t := x.knownTimes.at(slot)
		t.since, t.lost = append(t.since, since...), append(t.lost, lost...)
		x.trials += len(since) + len(lost)
		x.onTrial[slot] = struct{}{}
	}
}

// audit looks after rows on trial until ctx ends: a point that is acknowledged
// after another server's delete is found two seconds later at most, whether its
// series is written again or not, as long as not more than maxHeard rows are
// written in a second.
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
	heard := maxHeard
	for _, h := range s.index.summon(s.now().UnixMilli()) {
		if heard, err = s.hear(ctx, c, h, heard); err != nil && ctx.Err() == nil {
			s.log.Debug("rows deleted by others could not be entered into the indexes again; trying again", "error", err)
		}
	}
}

// hear looks after the rows of one row time, up to so many where it is still
// there, and answers how many that leaves.
func (s *Store) hear(ctx context.Context, c *conn, h hearing, heard int) (left int, err error) {
	there, err := c.lists(ctx, h.key)
	if err != nil {
		s.index.remand(h.key, h.since, h.lost)
		return heard, err
	}
	if !there {
		s.index.forget(h.key.metric, h.key.row)
		h.since, h.lost = nil, append(h.lost, h.since...)
	}
	rows := h.since[max(0, len(h.since)-heard):]
	n := min(len(h.lost), maxLost)
	s.index.remand(h.key, nil, h.lost[n:])
	heard -= len(rows)
	rows = append(slices.Clip(rows), h.lost[:n]...)
	again := make([]bool, len(rows))
	err = inParallel(ctx, s.config.Writing, len(rows), func(ctx context.Context, i int) (err error) {
		again[i], err = s.restore(ctx, c, &rows[i], there)
		return err
	})
	var since []suspect
	for i := range rows {
		if again[i] || err != nil {
			since = append(since, rows[i])
		}
	}
	s.index.remand(h.key, since, nil)
	return heard, err
}

// lists tells whether the time index has a row time.
func (c *conn) lists(ctx context.Context, key timeKey) (bool, error) {
	var at int64
	return c.one(ctx, "row times of "+key.metric, readTimes, []any{&at}, key.metric, pointTable, key.row, key.row)
}

// restore enters a row into the indexes again that has points and is not found
// there; it is then to be looked after again, since a delete may have a later
// write time than that. A row without points stays as deleted as it is.
func (s *Store) restore(ctx context.Context, c *conn, r *suspect, there bool) (entered bool, err error) {
	if err := enter(ctx, s.slots); err != nil {
		return false, err
	}
	w := &watched{cluster: c.cluster, key: r.key, row: r.row}
	found, err := c.listed(ctx, w)
	if err == nil && !(found && there) {
		var points bool
		if points, err = c.hasPoints(ctx, w); !points {
			found, there = true, true
		}
	}
	leave(s.slots)
	if err != nil || found && there {
		return false, err
	}
	return true, s.enterAgain(ctx, c, w)
}

// listed tells whether row_keys has a row.
func (c *conn) listed(ctx context.Context, w *watched) (bool, error) {
	tags := cell(codec.AppendTags(nil, w.key.Tags))
	var typ string
	return c.one(ctx, "look for a series of "+w.key.Metric, readRow, []any{&typ}, w.key.Metric, pointTable, w.row, codec.StoredType(w.key.Type), &tags)
}

// hasPoints tells whether data_points has anything of a row.
func (c *conn) hasPoints(ctx context.Context, w *watched) (bool, error) {
	var life *int32
	return c.one(ctx, "look for points of "+w.key.Metric, readLife, []any{&life}, codec.AppendRowKey(nil, &w.key, w.row))
}

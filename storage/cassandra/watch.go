package cassandra

import (
	"container/heap"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

// watched is an index row that a delete has taken away: that of a series in a
// row time or, where the key has no type, that of a metric's row time.
type watched struct {
	cluster *cluster
	key     points.Key
	row     int64
}

// watchedID is equal for equal rows alone.
type watchedID struct {
	cluster *cluster
	key     string
}

// id names the row.
func (w *watched) id() watchedID {
	return watchedID{w.cluster, string(codec.AppendRowKey(nil, &w.key, w.row))}
}

// watch sees that what a KairosDB writes after a delete of ours is found. A
// KairosDB remembers which rows it has entered into the indexes and does not
// learn that they are gone: it goes on writing points that nothing leads to, for
// as long as the row time is the current one, or for an hour. So rows that were
// deleted are looked at for that long, again and again, and entered again when
// they have points. It works in the background and does nothing while nothing is
// watched.
type watch struct {
	store *Store
	now   storage.Now
	log   *slog.Logger
	limit int
	wake  chan struct{} // has room for one

	mu      sync.Mutex
	rows    map[watchedID]*watchedRow
	due     dueRows
	oldest  []*watchedRow // in the order in which they came, with some that are gone
	dropped int64         // that were watched no longer, for want of room
}

// watchedRow is a row with the times at which it is looked at.
type watchedRow struct {
	watched
	id    watchedID
	next  time.Time
	until time.Time
	looks int
	place int // within dueRows; -1: gone
}

// What is watched: how many rows, how many of them are looked at in a second,
// and for how long rows that are not current.
const (
	mostWatched   = 100_000
	looksAtOnce   = 20
	lookPause     = 100 * time.Millisecond
	watchedAfter  = time.Hour        // the end of the row time
	watchedOthers = 70 * time.Minute // KairosDB forgets rows that are not current every hour
)

// lookWait is how long a row waits for its next look.
func lookWait(looks int) time.Duration {
	waits := [...]time.Duration{1, 2, 5, 10, 30, 60}
	return waits[min(looks, len(waits)-1)] * time.Second
}

// newWatch is one that watches nothing.
func newWatch(s *Store) *watch {
	return &watch{store: s, now: s.now, log: s.log, limit: mostWatched, wake: make(chan struct{}, 1), rows: map[watchedID]*watchedRow{}}
}

// add begins to watch a row, or begins anew.
func (w *watch) add(row watched) {
	open := row.cluster.open.Load()
	if open == nil {
		return
	}
	begun := time.Now()
	until := begun.Add(watchedOthers)
	if now := w.now().UnixMilli(); row.row >= open.layout.RowTime(now) {
		left := time.Duration(row.row+open.layout.Width-now) * time.Millisecond
		until = begun.Add(left + watchedAfter)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	added := &watchedRow{watched: row, id: row.id(), next: begun.Add(lookWait(0)), until: until}
	if last := w.rows[added.id]; last != nil {
		heap.Remove(&w.due, last.place)
	} else if len(w.rows) >= w.limit {
		w.drop()
	}
	w.rows[added.id] = added
	heap.Push(&w.due, added)
	w.oldest = append(w.oldest, added)
	if len(w.oldest) > 2*len(w.rows)+1000 {
		w.oldest = slices.DeleteFunc(w.oldest, func(row *watchedRow) bool { return row.place < 0 })
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// drop lets go of the row that is watched for longest.
func (w *watch) drop() {
	for len(w.oldest) > 0 {
		row := w.oldest[0]
		w.oldest = w.oldest[1:]
		if row.place < 0 {
			continue
		}
		heap.Remove(&w.due, row.place)
		delete(w.rows, row.id)
		if w.dropped++; w.dropped == 1 || w.dropped%10_000 == 0 {
			w.log.Warn("too many deleted rows to watch: what a KairosDB still writes to some of them may stay hidden", "limit", w.limit, "dropped", w.dropped)
		}
		return
	}
}

// run looks at rows when they are due, until ctx ends.
func (w *watch) run(ctx context.Context) {
	for {
		rows, wait := w.take(time.Now())
		if len(rows) == 0 {
			if !w.rest(ctx, wait) {
				return
			}
			continue
		}
		// An error of one is no reason to leave out others.
		_ = inParallel(ctx, looksAtOnce/4, len(rows), func(ctx context.Context, i int) error {
			w.look(ctx, rows[i])
			return nil
		})
		if !pause(ctx, lookPause) {
			return
		}
	}
}

// rest waits until something is due or new; it is false if ctx ends.
func (w *watch) rest(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.wake:
	case <-ctx.Done():
		return false
	}
	return true
}

// take are some rows that are due, which are due again later, or how long it
// takes until one is.
func (w *watch) take(now time.Time) (rows []*watchedRow, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.due) > 0 && len(rows) < looksAtOnce {
		row := w.due[0]
		if wait := row.next.Sub(now); wait > 0 {
			return rows, wait
		}
		if now.After(row.until) {
			w.forget(row)
			continue
		}
		row.looks++
		row.next = now.Add(lookWait(row.looks))
		heap.Fix(&w.due, 0)
		rows = append(rows, row)
	}
	return rows, time.Hour
}

// forget ends the watching of a row.
func (w *watch) forget(row *watchedRow) {
	if row.place < 0 {
		return
	}
	heap.Remove(&w.due, row.place)
	delete(w.rows, row.id)
	if len(w.rows) == 0 {
		w.oldest = nil
	}
}

// look looks at a row, and ends watching it if it is found or has been made so.
func (w *watch) look(ctx context.Context, row *watchedRow) {
	open := row.cluster.open.Load()
	found, err := open.found(ctx, &row.watched)
	if err == nil && found == hidden {
		if err = w.store.enterAgain(ctx, open, &row.watched); err == nil {
			w.log.Info("somebody wrote to a row that was deleted: entered it into the indexes again",
				"cluster", row.cluster.String(), "series", row.key.String(), "row_time", row.row)
		}
	}
	switch {
	case err != nil && ctx.Err() == nil:
		w.log.Debug("look at a deleted row", "cluster", row.cluster.String(), "series", row.key.String(), "error", err)
	case err == nil && found != empty:
		w.mu.Lock()
		defer w.mu.Unlock()
		w.forget(row)
	}
}

// dueRows are the rows that are watched, the next one first.
type dueRows []*watchedRow

// Len is how many there are.
func (d dueRows) Len() int { return len(d) }

// Less puts what is due earlier first.
func (d dueRows) Less(i, j int) bool { return d[i].next.Before(d[j].next) }

// Swap swaps two rows.
func (d dueRows) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].place, d[j].place = i, j
}

// Push adds a row at the end.
func (d *dueRows) Push(row any) {
	r := row.(*watchedRow)
	r.place = len(*d)
	*d = append(*d, r)
}

// Pop takes the last row away.
func (d *dueRows) Pop() any {
	last := len(*d) - 1
	row := (*d)[last]
	(*d)[last] = nil
	*d = (*d)[:last]
	row.place = -1
	return row
}

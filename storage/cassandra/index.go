package cassandra

import (
	"cmp"
	"hash/maphash"
	"slices"
	"sync"
	"time"
)

// How many row keys are remembered, how often the row of a metric's row time is
// looked after at most, and how many of these are in a second.
const (
	maxKnown  = 1_000_000
	lookEvery = 1000
	maxLooks  = 500
)

// index remembers what this process has entered into the index tables, so that
// this is done once for many points, and which write time each row has seen.
type index struct {
	seeds   seeds
	stamps  *stamps
	refresh int64 // milliseconds after which a row is entered again
	limit   int

	mu          sync.Mutex
	rows        map[rowID]int32
	times       map[timeKey]int32
	known       slab[knownRow] // the first one is the ring's head
	knownTimes  slab[knownTime]
	generations uint64
	trials      int                // rows on trial
	onTrial     map[int32]struct{} // the row times that have some
	looks       int                // in the second
	second      int64              // of looks
}

// newIndex is one that knows nothing.
func newIndex(s *stamps, refresh time.Duration) *index {
	x := &index{stamps: s, refresh: refresh.Milliseconds(), limit: maxKnown, rows: map[rowID]int32{}, times: map[timeKey]int32{}, onTrial: map[int32]struct{}{}}
	x.seeds = seeds{maphash.MakeSeed(), maphash.MakeSeed()}
	x.known.add(knownRow{})
	return x
}

// indexPlan is what a call finds out about an index row and does to it.
type indexPlan struct {
	ask        question
	answered   bool  // the question whether it is still there
	found      bool  // it was there
	seen       int64 // how long the points live that are there already, in seconds, 0 for ever
	learned    bool
	need       bool   // it is written by this call
	life       int64  // with this TTL, 0 for ever
	until      int64  // and so lives until then
	generation uint64 // of the row time when that was decided
	refused    error  // by the server
}

// question is what a call wants to know of an index row before it writes.
type question uint8

// The questions.
const (
	askNothing question = iota
	askStill            // a row that was entered: is it there?
	askBefore           // a row that is to expire: was it there before, for others?
)

// look decides what has to be read before the plan is carried out: rows with an
// end that are unknown here, and for known row times whether they are there,
// each once a second at most, the one that has waited longest first.
func (x *index) look(p *plan, now int64) (questions bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	var waiting []due
	for i := range p.times {
		t := &p.times[i]
		slot, ok := x.times[timeKey{t.metric, t.row}]
		known := x.knownTimes.at(slot)
		switch {
		case !t.puts:
		case !ok || known.until == 0:
			if t.life != 0 {
				t.index.ask, questions = askBefore, true
			}
		case known.written != 0 && (now-known.looked >= lookEvery || now < known.looked):
			t.index.generation = known.generation
			waiting = append(waiting, due{t, slot, known.looked})
		}
	}
	for i := range p.rows {
		r := &p.rows[i]
		if slot, ok := x.rows[r.id]; r.puts && r.life != 0 && (!ok || x.known.at(slot).until == 0) {
			r.index.ask, questions = askBefore, true
		}
	}
	return x.budget(waiting, now) || questions
}

// due is a row time that may be looked after, and when that was done last.
type due struct {
	plan   *timePlan
	slot   int32
	looked int64
}

// budget lets as many row times be looked after as the second has left.
func (x *index) budget(waiting []due, now int64) bool {
	if second := now / 1000; second != x.second {
		x.second, x.looks = second, 0
	}
	n := min(len(waiting), maxLooks-x.looks)
	if n <= 0 {
		return false
	}
	slices.SortFunc(waiting, func(a, b due) int { return cmp.Compare(a.looked, b.looked) })
	for _, d := range waiting[:n] {
		d.plan.index.ask = askStill
		x.knownTimes.at(d.slot).look(now)
	}
	x.looks += n
	return true
}

// draw decides which index rows the plan needs and gives it a write time that is
// later than any other of its rows. A plan that has a write time of its own, not
// 0, gets one for its index rows alone. What a delete forgets, it forgets either
// before this, and then the plan enters it again, or afterwards, and then its
// write time is not before this one.
func (x *index) draw(p *plan, now, at int64) int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	times, least := x.drawTimes(p, now)
	rows := make([]int32, len(p.rows))
	for i := range p.rows {
		r := &p.rows[i]
		rows[i] = x.row(r.id, times[r.of])
		known, of, rowTime := x.known.at(rows[i]), x.knownTimes.at(times[r.of]), &p.times[r.of].index
		least = max(least, known.stamp+1)
		if !r.puts {
			continue
		}
		enters := x.claim(&known.entered, &r.index, of.generation, r.life, now, p.margin(), r.id.a)
		if !enters || rowTime.gone() || !rowTime.answered && !rowTime.need {
			x.trust(of, known, r)
		}
	}
	x.stamps.note(at)
	stamp := at
	if at == 0 || p.needs() {
		stamp = x.stamps.draw(least)
	}
	x.stamp(p, times, rows, stamp)
	x.trim()
	return stamp
}

// drawTimes is draw for the row times: where they are kept, and the write time
// that is later than those of the index rows that are written.
func (x *index) drawTimes(p *plan, now int64) (slots []int32, least int64) {
	slots, least = make([]int32, len(p.times)), 1
	for i := range p.times {
		t := &p.times[i]
		slots[i] = x.time(timeKey{t.metric, t.row})
		known := x.knownTimes.at(slots[i])
		x.judge(slots[i], known, &t.index)
		t.index.generation = known.generation
		if t.puts && x.claim(&known.entered, &t.index, known.generation, t.life, now, p.margin(), uint64(slots[i])) {
			least = max(least, known.stamp+1)
		}
	}
	return slots, least
}

// stamp notes the write time of all that the plan writes.
func (x *index) stamp(p *plan, times, rows []int32, at int64) {
	for i, slot := range times {
		if p.times[i].index.need {
			x.knownTimes.at(slot).stamp = at
		}
	}
	for _, slot := range rows {
		known := x.known.at(slot)
		known.stamp = max(known.stamp, at)
	}
}

// claim decides whether an index row has to be written, and until when it then
// lives: never less long than what is known of it. Until it is acknowledged, it
// counts as not written; a row that is only refreshed stays what it is.
func (x *index) claim(e *entered, p *indexPlan, generation uint64, life, now, margin int64, luck uint64) bool {
	sure := e.written != 0 && e.generation == generation
	end := int64(forever)
	if life != 0 {
		end = now + life*1000
	}
	refresh := x.refresh + int64(luck%uint64(x.refresh/4+1))
	stale := sure && (now-e.written >= refresh || now < e.written)
	if sure && end <= e.until && !stale {
		return false
	}
	if life != 0 && e.until == 0 && !p.learned {
		life = 0 // who knows what else there is
	}
	end = max(indexEnd(now, life, margin), e.until)
	if p.learned && p.found {
		end = max(end, indexEnd(now, p.seen, margin))
	}
	p.need, p.life, p.until, p.generation = true, indexLife(now, end), end, generation
	if sure && end <= e.until {
		e.written = now
	} else {
		e.written = 0
	}
	e.until, e.generation = end, generation
	return true
}

// settle notes which index rows the plan has written, or that it failed to.
func (x *index) settle(p *plan, now int64, failed bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range p.times {
		t := &p.times[i]
		if slot, ok := x.times[timeKey{t.metric, t.row}]; ok && t.index.need {
			known := x.knownTimes.at(slot)
			known.settle(&t.index, now, failed)
			if known.written != 0 {
				known.looked = now
			}
		}
	}
	for i := range p.rows {
		r := &p.rows[i]
		if slot, ok := x.rows[r.id]; ok && r.index.need {
			x.known.at(slot).settle(&r.index, now, failed)
		}
	}
}

// settle notes that the row was written, or not, if it is still the one that was
// meant.
func (e *entered) settle(p *indexPlan, now int64, failed bool) {
	switch {
	case e.generation != p.generation:
	case failed || p.refused != nil:
		e.written = 0
	case e.until == p.until: // else somebody else is about to make it live longer
		e.written = now
	}
}

// deleting is the write time of a delete that takes rows out of the indexes:
// what this process knows of the row times for which gone answers true is
// forgotten in the same moment, so that what is written later is entered again.
func (x *index) deleting(gone func(metric string, row int64) bool) int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	for key, slot := range x.times {
		if gone(key.metric, key.row) {
			x.forgetTime(x.knownTimes.at(slot))
		}
	}
	return x.stamps.deleting()
}

// forget makes the next write to a metric's row time enter everything again.
func (x *index) forget(metric string, row int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if slot, ok := x.times[timeKey{metric, row}]; ok {
		x.forgetTime(x.knownTimes.at(slot))
	}
}

// forgetTime begins a new generation, in which nothing is entered yet.
func (x *index) forgetTime(t *knownTime) {
	x.generations++
	t.generation, t.written = x.generations, 0
	x.trials -= len(t.since) + len(t.lost)
	t.since, t.lost = nil, nil
}

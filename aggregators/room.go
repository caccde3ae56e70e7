package aggregators

import (
	"sync"

	"aion/storage/points"
)

// Memory is what the streams of runs work in, one after the other. The zero value
// is ready, and safe for concurrent use.
type Memory struct {
	rooms sync.Pool // of *room
	lanes sync.Pool // of *lane
}

// memory is where the group's streams find memory; nil: nowhere.
func (g *Group) memory() *Memory {
	if g.Run == nil {
		return nil
	}
	return g.Run.Memory
}

// room is memory that streams use one after the other.
type room struct {
	values  []float64 // without times
	places  []int     // of other points among them
	mergers []*merger // that nobody uses
	several several   // ranges of a block
	ends    []int     // of short ranges, among the values of a block
}

// mostMergers is how many mergers that nobody uses a room keeps: together they
// hold three megabytes at most.
const mostMergers = 64

// merger gives out an empty merger, which is given back. A nil room has none to
// use again.
func (r *room) merger() *merger {
	if r == nil || len(r.mergers) == 0 {
		return new(merger)
	}
	last := len(r.mergers) - 1
	m := r.mergers[last]
	r.mergers = r.mergers[:last]
	return m
}

// giveBack takes a merger back.
func (r *room) giveBack(m *merger) {
	if r != nil && len(r.mergers) < mostMergers {
		m.reset()
		r.mergers = append(r.mergers, m)
	}
}

// guest is a Reducer that works in the room of the streams that it folds.
type guest interface{ moveIn(*room) }

// enter gives out room, which is given back by leave.
func (g *Group) enter() *room {
	if m := g.memory(); m != nil {
		if r, ok := m.rooms.Get().(*room); ok {
			return r
		}
	}
	return new(room)
}

// leave gives room back.
func (g *Group) leave(r *room) {
	if m := g.memory(); m != nil {
		m.rooms.Put(r)
	}
}

// lane reads in for a reducer. It is given back by end.
func (g *Group) lane(in points.Cursor, r Reducer, room *room) *lane {
	var l *lane
	if m := g.memory(); m != nil {
		l, _ = m.lanes.Get().(*lane)
	}
	if l == nil {
		l = new(lane)
	}
	l.room = room
	l.open(in, r)
	return l
}

// end closes the stream of a lane and keeps the memory for another one.
func (g *Group) end(l *lane) error {
	in := l.in
	if m := g.memory(); m != nil {
		block := l.block
		if *l = (lane{}); block.Kind == points.Number {
			l.block = block // texts would be held by it
		}
		m.lanes.Put(l)
	}
	return in.Close()
}

package aggregators

import "aion/storage/points"

// room is memory that the streams of a run use one after the other.
type room struct {
	values []float64 // without times
	places []int     // of other points among them
	order  merger
}

// guest is a Reducer that works in the room of the streams that it folds.
type guest interface{ moveIn(*room) }

// enter gives out room, which is given back by leave.
func (g *Group) enter() *room {
	if g.Run != nil {
		if r, ok := g.Run.rooms.Get().(*room); ok {
			return r
		}
	}
	return new(room)
}

// leave gives room back.
func (g *Group) leave(r *room) {
	if g.Run != nil {
		r.order.reset()
		g.Run.rooms.Put(r)
	}
}

// lane reads in for a reducer. It is given back by end.
func (g *Group) lane(in points.Cursor, r Reducer, room *room) *lane {
	var l *lane
	if g.Run != nil {
		l, _ = g.Run.lanes.Get().(*lane)
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
	if g.Run != nil {
		block := l.block
		if *l = (lane{}); block.Kind == points.Number {
			l.block = block // texts would be held by it
		}
		g.Run.lanes.Put(l)
	}
	return in.Close()
}

package cassandra

import (
	"context"
	"io"
	"sort"

	"aion/storage/points"
)

// merged reads several lanes as one. Of one time, the point of the first lane
// that has it counts.
type merged struct {
	*scan
	lanes []*lane
	heads []*points.Block // what each lane has given and is not used up, or nil
	ended []bool
}

// newMerged merges lanes.
func newMerged(s *scan, lanes []*lane) *merged {
	return &merged{scan: s, lanes: lanes, heads: make([]*points.Block, len(lanes)), ended: make([]bool, len(lanes))}
}

// next copies runs of points until the block is full or a lane must be asked.
func (m *merged) next(ctx context.Context) (*points.Block, error) {
	if err := m.refill(ctx); err != nil {
		return nil, err
	}
	var out points.Block
	out.Reset(m.key.Kind())
	for out.Len() < points.BlockSize && !m.starved() {
		lead := m.lead(-1)
		if lead < 0 {
			break
		}
		m.dropTwins(lead)
		n := 1
		if !m.starved() {
			n = min(m.run(lead), points.BlockSize-out.Len())
		}
		v := m.heads[lead].Slice(0, n)
		out.AppendBlock(&v)
		m.advance(lead, n)
	}
	if out.Len() == 0 {
		return nil, io.EOF
	}
	return &out, nil
}

// refill asks every lane that has nothing for its next block, all of them side
// by side.
func (m *merged) refill(ctx context.Context) error {
	for i, l := range m.lanes {
		if m.wants(i) {
			l.ahead(ctx)
		}
	}
	for i, l := range m.lanes {
		if !m.wants(i) {
			continue
		}
		b, err := l.next(ctx)
		switch {
		case err == io.EOF:
			m.ended[i] = true
		case err != nil:
			return err
		default:
			m.heads[i] = b
		}
	}
	return nil
}

// wants tells whether lane i must be asked before anything can be said of its
// next point.
func (m *merged) wants(i int) bool { return m.heads[i] == nil && !m.ended[i] }

// starved tells whether a lane must be asked.
func (m *merged) starved() bool {
	for i := range m.lanes {
		if m.wants(i) {
			return true
		}
	}
	return false
}

// lead is the lane, apart from one, whose next point comes first: -1 if no lane
// has any.
func (m *merged) lead(apart int) int {
	lead := -1
	for i, b := range m.heads {
		if b != nil && i != apart && (lead < 0 || m.before(b.Times[0], m.heads[lead].Times[0])) {
			lead = i
		}
	}
	return lead
}

// before tells whether a is read before b.
func (m *merged) before(a, b int64) bool { return a != b && (a < b) == (m.order == points.Asc) }

// dropTwins drops the points that other lanes have at the lead's next time.
func (m *merged) dropTwins(lead int) {
	at := m.heads[lead].Times[0]
	for i, b := range m.heads {
		if i != lead && b != nil && b.Times[0] == at {
			m.advance(i, 1)
		}
	}
}

// run is how many points of the lead lane come before any other lane's next one.
func (m *merged) run(lead int) int {
	b, other := m.heads[lead], m.lead(lead)
	if other < 0 {
		return b.Len()
	}
	at := m.heads[other].Times[0]
	return sort.Search(b.Len(), func(i int) bool { return !m.before(b.Times[i], at) })
}

// advance passes over n points of lane i.
func (m *merged) advance(i, n int) {
	if b := m.heads[i]; n < b.Len() {
		rest := b.Slice(n, b.Len())
		m.heads[i] = &rest
		return
	}
	m.heads[i] = nil
}

// ahead begins to fetch what the lanes give next.
func (m *merged) ahead(ctx context.Context) bool {
	begun := false
	for i, l := range m.lanes {
		if !m.ended[i] && l.ahead(ctx) {
			begun = true
		}
	}
	return begun
}

// close ends what is under way in all lanes.
func (m *merged) close() {
	for _, l := range m.lanes {
		l.close()
	}
}

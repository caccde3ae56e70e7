package cassandra

import (
	"encoding/binary"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// cell is a value in the bytes in which it travels.
type cell []byte

// MarshalCQL is the cell itself.
func (c *cell) MarshalCQL(gocql.TypeInfo) ([]byte, error) { return *c, nil }

// sheet is a batch being filled in. It is used again and again.
type sheet struct {
	entries []gocql.BatchEntry
	args    []any
	cells   []cell
	bytes   []byte
	points  int // that the statements change
	like    likeness
}

// reset empties the sheet.
func (f *sheet) reset() {
	f.entries, f.args, f.cells, f.bytes, f.points = f.entries[:0], f.args[:0], f.cells[:0], f.bytes[:0], 0
}

// fill makes the statements of a batch, one for each point.
func (f *sheet) fill(p *plan, spans []span) {
	f.reset()
	for _, s := range spans {
		r := &p.rows[s.row]
		var life life
		for i := range r.ops[s.from:s.to] {
			f.one(p, r, &r.ops[int(s.from)+i], &life)
		}
	}
}

// pack makes the statements of a batch, one for all points of a row that have
// the same value and the same life: what a statement costs beside its points is
// paid once. Where the table is not compact, those that end have their own.
func (f *sheet) pack(p *plan, spans []span, compact bool) {
	f.reset()
	for _, s := range spans {
		r := &p.rows[s.row]
		ops := r.ops[s.from:s.to]
		var life life
		for _, g := range f.like.groups(p, ops, compact) {
			if g.count == 1 {
				f.one(p, r, &ops[g.first], &life)
			} else {
				f.several(p, r, ops, g, &life)
			}
		}
	}
}

// life is the cell of a life: mostly all points have the same.
type life struct {
	cell    *cell
	seconds int32
}

// lasting is the cell of that life, in seconds.
func (f *sheet) lasting(l *life, seconds int32) *cell {
	if l.cell == nil || l.seconds != seconds {
		l.cell, l.seconds = f.number(uint32(seconds)), seconds // #nosec G115 -- the bits are what travels
	}
	return l.cell
}

// one adds the statement of one point.
func (f *sheet) one(p *plan, r *rowPlan, o *op, l *life) {
	f.points++
	column := f.number(o.column)
	if o.life == removed {
		f.add(removePoint, &r.bytes, column)
		return
	}
	f.add(insertPoint, &r.bytes, column, f.cell(p.values[o.from:o.to:o.to]), f.lasting(l, o.life))
}

// several adds the statement of points that are alike.
func (f *sheet) several(p *plan, r *rowPlan, ops []op, g group, l *life) {
	f.points += int(g.count)
	n := len(f.bytes)
	f.bytes = binary.BigEndian.AppendUint32(f.bytes, uint32(g.count)) // #nosec G115 -- not more than mostAlike
	for i := g.first; i >= 0; i = f.like.next[i] {
		f.bytes = binary.BigEndian.AppendUint32(f.bytes, 4)
		f.bytes = binary.BigEndian.AppendUint32(f.bytes, ops[i].column)
	}
	columns := f.cell(f.bytes[n:len(f.bytes):len(f.bytes)])
	o := &ops[g.first]
	f.add(insertPoints, f.lasting(l, o.life), f.cell(p.values[o.from:o.to:o.to]), &r.bytes, columns)
}

// number adds a cell of four bytes.
func (f *sheet) number(v uint32) *cell {
	n := len(f.bytes)
	f.bytes = binary.BigEndian.AppendUint32(f.bytes, v)
	return f.cell(f.bytes[n : n+4 : n+4])
}

// cell adds a cell; one without bytes is empty, not null.
func (f *sheet) cell(b []byte) *cell {
	if b == nil {
		b = []byte{}
	}
	f.cells = append(f.cells, b)
	return &f.cells[len(f.cells)-1]
}

// add adds a statement.
func (f *sheet) add(cql string, args ...*cell) {
	n := len(f.args)
	for _, a := range args {
		f.args = append(f.args, a)
	}
	f.entries = append(f.entries, gocql.BatchEntry{Stmt: cql, Args: f.args[n:len(f.args):len(f.args)], Idempotent: true})
}

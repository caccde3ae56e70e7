package cassandra

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"

	"aion/storage"
	"aion/storage/codec"
	"aion/storage/points"
)

// removed is the life of a cell that is taken out.
const removed = -1

// op is what a call leaves in one column of a row.
type op struct {
	column   uint32
	life     int32 // seconds, 0 for ever, or removed
	from, to int   // the value within plan.values
}

// rowPlan is what a call does to one row.
type rowPlan struct {
	key    *points.Key
	bytes  cell // the row key
	id     rowID
	of     int32 // its timePlan
	ops    []op  // once planned, ascending by column, each once
	sorted bool
	puts   bool
	life   int64 // the longest of its points, in seconds, 0 for ever
	index  indexPlan
}

// timePlan is what a call does to a metric in one row time.
type timePlan struct {
	metric string
	row    int64
	puts   bool
	life   int64 // as in rowPlan
	index  indexPlan
}

// timeKey names a metric in a row time.
type timeKey struct {
	metric string
	row    int64
}

// plan is a batch, cut into the rows of the tables.
type plan struct {
	layout codec.Layout
	reaper reaper
	seeds  *seeds
	rows   []rowPlan
	times  []timePlan
	byID   map[rowID]int32
	byTime map[timeKey]int32
	keys   []byte // memory of the row keys
	values []byte // and of the values
	wrong  []string
	unborn int // points whose life was over before they were written

	refusing sync.Mutex // guards what is refused
}

// maxProblems is how many points an error names.
const maxProblems = 10

// reset empties the plan and keeps its memory, unless that is uncommonly large.
func (p *plan) reset() {
	if len(p.rows) > 20_000 || cap(p.values) > 8<<20 {
		p.rows, p.times, p.byID, p.byTime, p.keys, p.values = nil, nil, nil, nil, nil, nil
	}
	if p.byID == nil {
		p.byID, p.byTime = map[rowID]int32{}, map[timeKey]int32{}
	}
	for i := range p.rows {
		p.rows[i] = rowPlan{ops: p.rows[i].ops[:0]}
	}
	clear(p.times)
	clear(p.byID)
	clear(p.byTime)
	p.rows, p.times, p.keys, p.values = p.rows[:0], p.times[:0], p.keys[:0], p.values[:0]
	p.wrong, p.unborn = nil, 0
}

// load cuts a batch into rows. The last change of a column counts. What cannot
// be stored makes it fail, with a points.InvalidError that names the points.
func (p *plan) load(b *storage.Batch) error {
	for i := range b.Changes {
		p.change(&b.Changes[i])
	}
	if len(p.wrong) != 0 {
		return &points.InvalidError{Problems: p.wrong}
	}
	for i := range p.rows {
		p.rows[i].settle()
		p.judge(&p.rows[i])
	}
	return nil
}

// problem notes why something cannot be stored.
func (p *plan) problem(err error) {
	if len(p.wrong) < maxProblems {
		p.wrong = append(p.wrong, err.Error())
	}
}

// change adds one change.
func (p *plan) change(c *storage.Change) {
	if err := codec.CheckKey(&c.Key); err != nil {
		p.problem(err)
		return
	}
	life, err := p.reaper.effective(c.TTL)
	if err != nil && c.Points.Len() != 0 {
		p.problem(points.Invalid("%s: %v", c.Key, err))
		return
	}
	at := seeker{plan: p, key: &c.Key, row: -1}
	for _, t := range c.Remove {
		row, column := at.seek(t)
		row.add(column, removed, len(p.values), len(p.values))
	}
	for i, t := range c.Points.Times {
		if err := p.put(&at, &c.Points, i, t, life); err != nil {
			p.problem(points.Invalid("%s at %d: %v", c.Key, t, err))
		}
	}
}

// put adds one point that is put.
func (p *plan) put(at *seeker, b *points.Block, i int, t, life int64) error {
	left, fate, err := p.reaper.left(life, t)
	if err != nil {
		return err
	}
	from := len(p.values)
	switch fate {
	case unborn:
		p.unborn++
		return nil
	case expired:
		left = removed
	default:
		if p.values, err = codec.AppendValue(p.values, at.key, b, i); err != nil {
			return err
		}
	}
	row, column := at.seek(t)
	row.add(column, left, from, len(p.values))
	return nil
}

// seeker finds the rows and columns of the points of one change.
type seeker struct {
	plan *plan
	key  *points.Key
	time int64 // the row time of row
	row  int32 // the last row found, -1 at first
}

// seek is the row and the column of a time.
func (c *seeker) seek(at int64) (*rowPlan, uint32) {
	p := c.plan
	row := p.layout.RowTime(at)
	if c.row < 0 || row != c.time {
		c.row, c.time = p.row(c.key, row), row
	}
	var column [4]byte
	p.layout.PutColumn(&column, at, row)
	return &p.rows[c.row], binary.BigEndian.Uint32(column[:])
}

// row finds or makes the row of a series in a row time.
func (p *plan) row(key *points.Key, row int64) int32 {
	from := len(p.keys)
	p.keys = codec.AppendRowKey(p.keys, key, row)
	bytes := p.keys[from:len(p.keys):len(p.keys)]
	id := p.seeds.hash(bytes)
	if i, ok := p.byID[id]; ok {
		p.keys = p.keys[:from]
		return i
	}
	i := int32(len(p.rows))
	p.byID[id] = i
	if len(p.rows) < cap(p.rows) {
		p.rows = p.rows[:i+1]
	} else {
		p.rows = append(p.rows, rowPlan{})
	}
	r := &p.rows[i]
	*r = rowPlan{key: key, bytes: bytes, id: id, of: p.time(key.Metric, row), ops: r.ops[:0], sorted: true}
	return i
}

// time finds or makes a metric's row time.
func (p *plan) time(metric string, row int64) int32 {
	key := timeKey{metric, row}
	i, ok := p.byTime[key]
	if !ok {
		i = int32(len(p.times))
		p.byTime[key] = i
		p.times = append(p.times, timePlan{metric: metric, row: row})
	}
	return i
}

// add notes what becomes of a column.
func (r *rowPlan) add(column uint32, life int32, from, to int) {
	if n := len(r.ops); n != 0 && r.ops[n-1].column >= column {
		r.sorted = false
	}
	r.ops = append(r.ops, op{column: column, life: life, from: from, to: to})
}

// settle sorts the columns and keeps of each what came last.
func (r *rowPlan) settle() {
	if r.sorted {
		return
	}
	slices.SortStableFunc(r.ops, func(a, b op) int {
		switch {
		case a.column < b.column:
			return -1
		case a.column > b.column:
			return 1
		}
		return 0
	})
	kept := r.ops[:0]
	for i, o := range r.ops {
		if i+1 == len(r.ops) || r.ops[i+1].column != o.column {
			kept = append(kept, o)
		}
	}
	r.ops, r.sorted = kept, true
}

// judge finds how long the row's index has to live, and that of its row time.
func (p *plan) judge(r *rowPlan) {
	ever, longest := false, int64(0)
	for i := range r.ops {
		if life := r.ops[i].life; life != removed {
			r.puts = true
			ever, longest = ever || life == 0, max(longest, int64(life))
		}
	}
	if !ever {
		r.life = longest
	}
	t := &p.times[r.of]
	switch {
	case !r.puts:
	case !t.puts:
		t.puts, t.life = true, r.life
	case t.life == 0 || r.life == 0:
		t.life = 0
	default:
		t.life = max(t.life, r.life)
	}
}

// margin is how many seconds an index row outlives the points that it leads to.
func (p *plan) margin() int64 { return p.layout.WidthMillis() / 1000 }

// needs tells whether the plan writes index rows.
func (p *plan) needs() bool {
	return slices.ContainsFunc(p.times, func(t timePlan) bool { return t.index.need }) ||
		slices.ContainsFunc(p.rows, func(r rowPlan) bool { return r.index.need })
}

// size is how many cells the call changes.
func (p *plan) size() int {
	n := 0
	for i := range p.rows {
		n += len(p.rows[i].ops)
	}
	return n
}

// series names a row and one of its columns for people.
func (p *plan) series(r *rowPlan, o *op) string {
	var column [4]byte
	binary.BigEndian.PutUint32(column[:], o.column)
	at := p.layout.Time(p.times[r.of].row, column[:])
	return fmt.Sprintf("%s at %d", *r.key, at)
}

package connio

import (
	"cmp"
	"strconv"
	"sync/atomic"

	"aion/storage/points"
)

// part is one group of a question: points of one group type that all groupers put
// together.
type part struct {
	group   string
	typ     string
	numbers []int64 // one for each grouper
	origin  origin  // with the tags of groupers by tag; of others as some point has it
	origins origins
	count   int64       // points within the limit, where they are drawn before
	seen    atomic.Bool // some were read, where they are drawn when they are asked for
	block   *points.Block
}

// partCost is about what a group occupies beside its points.
const partCost = 1 << 10

// partKey tells groups apart: by the class of the series and by the numbers that
// groupers give to points, the first three by themselves.
type partKey struct {
	class   int
	numbers [3]int64
	more    int
}

// class is the number of what the points of a series have in common: their group
// type, and the tags that groupers name.
func (d *drawing) class(l *lane) int {
	if l.class != 0 {
		return l.class
	}
	d.key = append(append(d.key[:0], l.group...), 0)
	for k := range d.groupers {
		for _, tag := range d.groupers[k].tags {
			d.key = append(append(d.key, l.origin.value(tag)...), 0)
		}
	}
	l.class = d.numbered(true)
	return l.class
}

// numbered is the number of the key at hand, from 1 on; 0: it has none and is to
// get none.
func (d *drawing) numbered(begin bool) int {
	n := d.classes[string(d.key)]
	if n == 0 && begin {
		n = len(d.classes) + 1
		d.classes[string(d.key)] = n
	}
	return n
}

// number numbers the points of a run for each grouper that looks at points.
func (d *drawing) number(run *points.Block) {
	for n, k := range d.pointwise {
		d.numbers[n] = d.groupers[k].numbers(d.numbers[n][:0], run)
	}
}

// alike is the end of the points of a run that have the same numbers as the one at
// from, which they follow.
func (d *drawing) alike(run *points.Block, from int) int {
	if len(d.numbers) == 0 {
		return run.Len()
	}
	for to := from + 1; to < run.Len(); to++ {
		for _, of := range d.numbers {
			if of[to] != of[from] {
				return to
			}
		}
	}
	return run.Len()
}

// part is the group of a point of the run that was numbered last. It has the
// origin of the run's series. A group that is not there begins, or is nil.
func (d *drawing) part(l *lane, i int, begin bool) *part {
	h := uint64(0)
	for _, of := range d.numbers {
		h = h*31 + uint64(of[i])
	}
	if l.near == nil {
		l.near = make([]*part, nearParts)
	}
	near := &l.near[h%nearParts]
	if *near != nil && d.in(*near, i) {
		return *near
	}
	p := d.find(l, i, begin)
	if p != nil {
		p.origins.add(l.origin)
		*near = p
	}
	return p
}

// in tells whether a point has the numbers of a group.
func (d *drawing) in(p *part, i int) bool {
	for n, k := range d.pointwise {
		if p.numbers[k] != d.numbers[n][i] {
			return false
		}
	}
	return true
}

// find is the group of a point among all, or a new one, or nil.
func (d *drawing) find(l *lane, i int, begin bool) *part {
	if d.at == nil {
		d.at, d.classes = map[partKey]*part{}, map[string]int{}
	}
	key := partKey{class: d.class(l)}
	for n, of := range d.numbers {
		if n < len(key.numbers) {
			key.numbers[n] = of[i]
			continue
		}
		d.key = strconv.AppendInt(append(strconv.AppendInt(d.key[:0], int64(key.more), 10), ' '), of[i], 10)
		if key.more = d.numbered(begin); key.more == 0 {
			return nil
		}
	}
	p := d.at[key]
	if p == nil && begin {
		p = &part{group: l.group, typ: l.typ, origin: l.origin, numbers: make([]int64, len(d.groupers))}
		for n, k := range d.pointwise {
			p.numbers[k] = d.numbers[n][i]
		}
		d.at[key], d.list = p, append(d.list, p)
		d.held += partCost
	}
	return p
}

// scatter lays all points of a run into their groups by the numbers of the only
// grouper that looks at points: at values, which neighbours seldom share.
func (d *drawing) scatter(l *lane, run *points.Block) {
	k, doubles := d.pointwise[0], run.Kind == points.Number && len(run.Ints)+len(run.Nulls) == 0
	for i, number := range d.numbers[0] {
		var p *part
		if l.near != nil {
			p = l.near[uint64(number)%nearParts]
		}
		if p == nil || p.numbers[k] != number {
			p = d.part(l, i, true)
		}
		if p.count++; p.block == nil {
			p.block = d.lend(run)
		}
		if doubles {
			p.block.AppendFloat(run.Times[i], run.Floats[i])
		} else {
			p.block.AppendPoint(run, i)
		}
	}
}

// add adds points of a run to the group.
func (p *part) add(run *points.Block, from, to int) {
	if to == from+1 {
		p.block.AppendPoint(run, from)
		return
	}
	view := run.Slice(from, to)
	p.block.AppendBlock(&view)
}

// compare orders groups by their numbers and values, grouper by grouper.
func (a *ask) compare(x, y *part) int {
	for k := range a.groupers {
		g := &a.groupers[k]
		if c := cmp.Compare(x.numbers[k], y.numbers[k]); c != 0 {
			return c
		}
		for _, tag := range g.tags {
			if c := cmp.Compare(x.origin.value(tag), y.origin.value(tag)); c != 0 {
				return c
			}
		}
	}
	return cmp.Compare(x.group, y.group)
}

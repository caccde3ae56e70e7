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
	origins map[origin]bool
	count   int64       // points within the limit, where they are drawn before
	seen    atomic.Bool // some were read, where they are drawn when they are asked for
	block   points.Block
}

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
	l.class = d.numbered()
	return l.class
}

// numbered is the number of the key at hand, from 1 on.
func (d *drawing) numbered() int {
	n := d.classes[string(d.key)]
	if n == 0 {
		n = len(d.classes) + 1
		d.classes[string(d.key)] = n
	}
	return n
}

// part is the group that a point of a run belongs to.
func (d *drawing) part(l *lane, run *points.Block, i int) *part {
	key, n := partKey{class: d.class(l)}, 0
	for k := range d.groupers {
		g := &d.groupers[k]
		switch {
		case g.by == "tag":
		case n < len(key.numbers):
			key.numbers[n] = g.number(run, i)
			n++
		default:
			d.key = strconv.AppendInt(append(strconv.AppendInt(d.key[:0], int64(key.more), 10), ' '), g.number(run, i), 10)
			key.more = d.numbered()
		}
	}
	p := d.at[key]
	if p == nil {
		p = &part{group: l.group, typ: l.typ, origin: l.origin, origins: map[origin]bool{}}
		for k := range d.groupers {
			p.numbers = append(p.numbers, d.groupers[k].number(run, i))
		}
		d.at[key], d.list = p, append(d.list, p)
	}
	return p
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

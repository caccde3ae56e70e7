package cassandra

import (
	"bytes"
	"hash/maphash"
	"math/bits"
)

// mostAlike is how many points one statement holds: Scylla takes no longer lists
// unless told otherwise.
const mostAlike = 100

// group is some points of a row that are alike: the numbers of the first and the
// last, and how many they are.
type group struct{ first, last, count int32 }

// likeness finds points that are alike. It is used again and again.
type likeness struct {
	found []group
	next  []int32 // the next point that is alike, or -1
	table []int32 // groups by the hash of their value, counted from 1; 0: free
}

// groups are the points, those together that have the same value and the same
// life; those that end only if ending is true. The answer holds until the next call.
func (l *likeness) groups(p *plan, ops []op, ending bool) []group {
	l.found, l.next = l.found[:0], l.next[:0]
	size := 1 << bits.Len(uint(2*len(ops))) // #nosec G115 -- a length
	if cap(l.table) < size {
		l.table = make([]int32, size)
	}
	l.table = l.table[:size]
	clear(l.table)
	for i := range ops {
		l.next = append(l.next, -1)
		if life := ops[i].life; life == removed || life != 0 && !ending {
			l.found = append(l.found, group{int32(i), int32(i), 1}) // #nosec G115 -- a batch has not so many
			continue
		}
		l.place(p, ops, int32(i)) // #nosec G115 -- a batch has not so many
	}
	return l.found
}

// place puts a point into the group of those that are like it and come before
// it, or makes a group of it.
func (l *likeness) place(p *plan, ops []op, i int32) {
	o := &ops[i]
	value := p.values[o.from:o.to]
	for slot := maphash.Bytes(p.seeds.a, value); ; slot++ {
		entry := &l.table[slot&uint64(len(l.table)-1)]
		if *entry != 0 {
			g := &l.found[*entry-1]
			first := &ops[g.first]
			if first.life != o.life || !bytes.Equal(p.values[first.from:first.to], value) {
				continue
			}
			if g.count < mostAlike {
				l.next[g.last], g.last = i, i
				g.count++
				return
			}
		}
		l.found = append(l.found, group{i, i, 1})
		*entry = int32(len(l.found)) // #nosec G115 -- a batch has not so many
		return
	}
}

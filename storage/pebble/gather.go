package pebble

import (
	"bytes"
	"hash/maphash"
	"slices"
)

// gathering maps postings to the numbers that enter or leave them. Its memory is
// used again.
type gathering struct {
	seed    maphash.Seed
	keys    []byte     // the keys of the postings, one behind the other
	found   []gathered // in the order in which they came
	aside   []gathered // empty, to put them in order
	members []member
	slots   []int32 // by a key's hash: 1 + its place in found, 0 for none
}

// gathered is one posting of a gathering.
type gathered struct {
	hash        uint64
	from, to    int   // where its key stands in keys
	first, last int32 // the ends of the chain of its members; -1: it has none
	lane        int   // what it came by
}

// member is a number and where the next of its posting stands in members.
type member struct {
	number uint64
	next   int32
}

// mostLanes is how many lanes are told apart.
const mostLanes = 16

// reset empties g.
func (g *gathering) reset() {
	if len(g.found) != 0 {
		clear(g.slots)
	}
	g.keys, g.found, g.members = g.keys[:0], g.found[:0], g.members[:0]
}

// add notes a number of a posting. Postings that mostly come in the order of their
// keys among those of one lane are put in order quickly.
func (g *gathering) add(posting []byte, number uint64, lane int) {
	g.link(g.place(posting, lane), number)
}

// addAll notes numbers of a posting.
func (g *gathering) addAll(posting []byte, numbers []uint64) {
	p := g.place(posting, 0)
	for _, number := range numbers {
		g.link(p, number)
	}
}

// place is a posting, which is put among those found if it is not there.
func (g *gathering) place(posting []byte, lane int) *gathered {
	if 2*len(g.found) >= len(g.slots) {
		g.grow()
	}
	hash := maphash.Bytes(g.seed, posting)
	slot := g.slot(hash, posting)
	if *slot == 0 {
		from := len(g.keys)
		g.keys = append(g.keys, posting...)
		g.found = append(g.found, gathered{hash, from, len(g.keys), -1, -1, lane})
		*slot = int32(len(g.found))
	}
	return &g.found[*slot-1]
}

// link puts a number at the end of a posting's chain.
func (g *gathering) link(p *gathered, number uint64) {
	at := int32(len(g.members))
	g.members = append(g.members, member{number, -1})
	if p.first < 0 {
		p.first = at
	} else {
		g.members[p.last].next = at
	}
	p.last = at
}

// slot is where a posting stands, or should.
func (g *gathering) slot(hash uint64, posting []byte) *int32 {
	for i := hash; ; i++ {
		slot := &g.slots[i&uint64(len(g.slots)-1)]
		if *slot == 0 {
			return slot
		}
		if p := &g.found[*slot-1]; p.hash == hash && bytes.Equal(g.keys[p.from:p.to], posting) {
			return slot
		}
	}
}

// grow makes room for more postings.
func (g *gathering) grow() {
	if g.slots == nil {
		g.seed = maphash.MakeSeed()
	}
	g.slots = make([]int32, max(64, 4*len(g.slots)))
	for i := range g.found {
		at := g.found[i].hash
		for g.slots[at&uint64(len(g.slots)-1)] != 0 {
			at++
		}
		g.slots[at&uint64(len(g.slots)-1)] = int32(i + 1)
	}
}

// each calls f for every posting, in the order of their keys, with its numbers,
// which ascend. The numbers' memory is used again.
func (g *gathering) each(f func(posting []byte, numbers []uint64) error) error {
	g.arrange()
	slices.SortFunc(g.found, func(a, b gathered) int { return bytes.Compare(g.keys[a.from:a.to], g.keys[b.from:b.to]) })
	var numbers []uint64
	for i := range g.found {
		p := &g.found[i]
		numbers = numbers[:0]
		for at := p.first; at >= 0; at = g.members[at].next {
			numbers = append(numbers, g.members[at].number)
		}
		if !slices.IsSorted(numbers) {
			slices.Sort(numbers)
		}
		if err := f(g.keys[p.from:p.to], numbers); err != nil {
			return err
		}
	}
	return nil
}

// arrange puts the postings of each lane side by side, the lowest lane first, which is
// mostly the order of their keys already: of the new series of a batch the values of
// one tag ascend, and those of several come in turns.
func (g *gathering) arrange() {
	lanes := 0
	for i := range g.found {
		lanes = max(lanes, g.found[i].lane)
	}
	if lanes == 0 || lanes > mostLanes {
		return
	}
	for lane := range lanes + 1 {
		for i := range g.found {
			if g.found[i].lane == lane {
				g.aside = append(g.aside, g.found[i])
			}
		}
	}
	g.found, g.aside = g.aside, g.found[:0]
}

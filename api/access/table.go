package access

import "encoding/binary"

// table is findings by their marks, in one piece of memory. A mark is as good as
// random and says by itself where its finding lies, which is one line of the
// processor's caches: of many keys each look elsewhere costs as much as the rest.
// Nobody crowds it with credentials that are wrong, since every address has but a few
// of them a minute. The zero value is empty.
type table struct {
	slots []slot // as many as a power of two, a quarter of them free; nil: none
	count int
}

// slot is the place of a finding: 64 bytes.
type slot struct {
	mark mark
	finding
	taken bool
}

// first is where a mark's finding lies, or else one of the next free slots behind.
func (t *table) first(m mark) uint64 {
	return binary.LittleEndian.Uint64(m[:]) & uint64(len(t.slots)-1)
}

// place is the slot of a mark: the one that it has, or a free one. There must be
// slots.
func (t *table) place(m mark) *slot {
	for i := t.first(m); ; i = (i + 1) & uint64(len(t.slots)-1) {
		if s := &t.slots[i]; !s.taken || s.mark == m {
			return s
		}
	}
}

// find is the finding of a mark.
func (t *table) find(m mark) (finding, bool) {
	if t.count == 0 {
		return finding{}, false
	}
	s := t.place(m)
	return s.finding, s.taken
}

// put takes in the finding of a mark, in place of the one that it had.
func (t *table) put(m mark, f finding) {
	if 4*(t.count+1) > 3*len(t.slots) {
		t.grow()
	}
	s := t.place(m)
	if !s.taken {
		t.count++
	}
	*s = slot{m, f, true}
}

// grow makes twice as many slots.
func (t *table) grow() {
	old := t.slots
	t.slots = make([]slot, max(64, 2*len(old)))
	for i := range old {
		if s := &old[i]; s.taken {
			*t.place(s.mark) = *s
		}
	}
}

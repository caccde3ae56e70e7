package pebble

// Carried runs of few points are joined before they are enough for a chunk: a chunk
// that takes a few points in at a time is written anew each time.
const (
	joinedRuns   = 24                       // more carried runs of few points than these are joined
	joinedPoints = 16                       // from so many points on a run stays as it is
	joinedMost   = carriedRuns - joinedRuns // where there are so many runs that stay, none is joined
)

// waits is a carried run of a series that waits for more.
type waits struct {
	rank   uint64
	points int
}

// tiers is how the carried runs of a series lie above each other.
type tiers struct {
	from  uint64 // from this rank on they are joined
	stay  int    // how many are below
	small int    // how many are not, and one for the epoch's
}

// wait puts what there is of a series, if it is too little for a chunk, where it waits
// for more. Of the carried runs those that stand alone have been read.
func (t *settler) wait(number uint64, epoch uint32) (ok bool, err error) {
	if !t.canWait(number) {
		return false, nil
	}
	switch x := t.tiers(); {
	case x.small <= t.s.joins && x.stay+x.small <= carriedRuns:
		return true, t.carry(number, epoch)
	case x.stay < joinedMost && x.from <= rankOf(epoch, 0):
		return t.join(number, x.from)
	}
	return false, nil
}

// canWait tells whether what there is of a series is too little for a chunk, and lists
// the carried runs.
func (t *settler) canWait(number uint64) bool {
	over := &t.sc.over
	t.waits = t.waits[:0]
	for from, to := 0, 0; from < t.fresh; from = to {
		for to = from + 1; to < t.fresh && over.ranks[to] == over.ranks[from]; to++ {
		}
		t.waits = append(t.waits, waits{over.ranks[from], to - from})
	}
	n := over.block.Len()
	for _, r := range t.sheet.old.of(number) {
		points := t.sheet.old.points(number, r)
		t.waits, n = append(t.waits, waits{r.rank, points}), n+points
	}
	return n < carriedPoints && len(over.cuts) == 0 && len(over.larges) == 0 && fitting(&over.block, 0, over.block.Len()) == over.block.Len()
}

// tiers looks at the carried runs that are listed.
func (t *settler) tiers() tiers {
	x := tiers{small: 1}
	for _, w := range t.waits {
		if w.points >= joinedPoints {
			x.from = max(x.from, w.rank+1)
		}
	}
	for _, w := range t.waits {
		if w.rank < x.from {
			x.stay++
		} else {
			x.small++
		}
	}
	return x
}

// join makes one carried run of the epoch's runs of a series and of the carried ones
// from a rank on. Not ok: it is too long to stand in a group. One that stood alone
// might be stored while the others are not taken away yet.
func (t *settler) join(number, from uint64) (ok bool, err error) {
	over := &t.sc.over
	for _, r := range t.sheet.old.of(number) {
		if r.rank >= from {
			if err := t.sheet.old.addTo(over, number, r); err != nil {
				return false, err
			}
		}
	}
	over.resolve()
	t.block.Reset(over.block.Kind)
	t.block.Type, t.expires = over.block.Type, t.expires[:0]
	for i, rank := range over.ranks {
		if rank < from {
			continue
		}
		appendPoint(&t.block, &over.block, i)
		if len(over.expires) != 0 {
			t.expires = append(t.expires, over.expires[i])
		}
	}
	if !t.sheet.carried.put(number, &t.block, t.expires, groupedBytes) {
		return false, nil
	}
	t.dropCarried(number, from)
	return true, nil
}

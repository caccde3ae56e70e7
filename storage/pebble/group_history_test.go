package pebble

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// writeNeighbours writes a few points of each of many series that mostly stand side
// by side, so that their runs are grouped.
func (h *lifeline) writeNeighbours() {
	var batch storage.Batch
	first, n, step := h.rng.IntN(lifelines), groupFrom+h.rng.IntN(lifelines), 1+h.rng.IntN(3)
	from, few := h.rng.Int64N(3000), 1+h.rng.Int64N(3)
	ttl := time.Duration(h.rng.IntN(3)) * 20 * time.Second
	expires := int64(0)
	if ttl != 0 {
		expires = h.clock.Add(ttl).UnixMilli()
	}
	for i := first; i < min(lifelines, first+n*step); i += step {
		host := fmt.Sprint("h", i)
		if h.model[host] == nil {
			h.model[host] = map[int64]fate{}
		}
		var b points.Block
		for at := from; at < from+few; at++ {
			h.written++
			b.AppendInt(at, h.written)
			h.model[host][at] = fate{h.written, expires}
		}
		batch.Put(cpu(host), b, ttl)
	}
	h.note("write h%d and each %d. of %d from %d, %d points for %v", first, step, n, from, few, ttl)
	h.put(&batch)
}

// groupTally counts what became of groups in histories, by their kind.
type groupTally struct {
	come, gone, smaller map[byte]int
	before              map[string]int // the lengths of the groups that there were at the last look
}

// look looks for groups.
func (g *groupTally) look(t *testing.T, s *Store) {
	t.Helper()
	now := map[string]int{}
	if g.come == nil {
		g.come, g.gone, g.smaller = map[byte]int{}, map[byte]int{}, map[byte]int{}
	}
	for _, kind := range []byte{keyRunGroup, keyCarriedGroup} {
		for _, entry := range entries(t, s, kind) {
			key := entry[:strings.Index(entry[17:], " ")+17]
			now[key] = len(entry) - len(key) - 1
		}
	}
	for key, size := range now {
		switch before, was := g.before[key]; {
		case !was:
			g.come[key[0]]++
		case size < before:
			g.smaller[key[0]]++
		}
	}
	for key := range g.before {
		if now[key] == 0 {
			g.gone[key[0]]++
		}
	}
	g.before = now
}

// add adds the figures to others.
func (g *groupTally) add(to *groupTally) {
	if to.come == nil {
		to.come, to.gone, to.smaller = map[byte]int{}, map[byte]int{}, map[byte]int{}
	}
	for kind := range g.come {
		to.come[kind] += g.come[kind]
		to.gone[kind] += g.gone[kind]
		to.smaller[kind] += g.smaller[kind]
	}
}

// check makes sure that groups of both kinds have come, gone, and been left by series.
func (g *groupTally) check(t *testing.T) {
	t.Helper()
	for _, kind := range []byte{keyRunGroup, keyCarriedGroup} {
		t.Logf("groups of kind %c: %d came, %d went, %d became smaller", kind, g.come[kind], g.gone[kind], g.smaller[kind])
		if g.come[kind] == 0 || g.gone[kind] == 0 || g.smaller[kind] == 0 {
			t.Errorf("groups of kind %c: %d came, %d went, %d became smaller", kind, g.come[kind], g.gone[kind], g.smaller[kind])
		}
	}
}

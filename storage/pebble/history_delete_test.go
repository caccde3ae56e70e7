package pebble

import (
	"maps"
	"slices"

	"aion/storage"
	"aion/storage/points"
)

// delete deletes a range of one series, or of some whose numbers are neighbours, or of
// all, or all of time.
func (h *lifeline) delete() {
	r := points.Range{From: h.rng.Int64N(3000)}
	if r.To = r.From + h.rng.Int64N(2000)>>h.rng.IntN(8); h.rng.IntN(10) == 0 {
		r = points.Always
	}
	switch h.rng.IntN(6) {
	case 0:
		h.deleteFrom(nil, r)
	case 1:
		if some := h.inOrder(); len(some) != 0 {
			first := h.rng.IntN(len(some))
			h.deleteFrom(some[first:min(len(some), first+drained)], r)
		}
	default:
		h.deleteFrom([]string{h.host()}, r)
	}
}

// drain deletes everything, some neighbours after the other.
func (h *lifeline) drain() {
	for some := range slices.Chunk(h.inOrder(), drained) {
		h.deleteFrom(some, points.Always)
		h.lookAtCrowds()
	}
	h.compareAll()
}

// drained is how many neighbours go at once: none stays that is close to them all.
const drained = 3 * near

// inOrder lists the series that there are in the order of their numbers.
func (h *lifeline) inOrder() (hosts []string) {
	for series, err := range h.s.Select(h.Context(), storage.Selection{}) {
		h.must(err)
		hosts = append(hosts, series.Key().Tags[0].Value)
	}
	return hosts
}

// deleteFrom deletes a range of some series; nil: of all. What has expired then may come
// again when the clock jumps back: a series of which nothing else is left is not there to
// be deleted from.
func (h *lifeline) deleteFrom(hosts []string, r points.Range) {
	var sel storage.Selection
	if hosts != nil {
		sel.Matchers = []storage.Matcher{{Tag: "host", Values: hosts}}
	}
	h.note("delete %q %v", hosts, r)
	h.must(h.s.Delete(h.Context(), sel, r))
	for name, series := range h.model {
		for at, f := range series {
			if (hosts == nil || slices.Contains(hosts, name)) && r.Holds(at) && (f.expires == 0 || f.expires > h.clock.UnixMilli()) {
				delete(series, at)
			}
		}
	}
}

// lookAtCrowds counts the crowds that series have left without their being read.
func (h *lifeline) lookAtCrowds() {
	for key, least := range h.crowds {
		if h.s.crowds.least[key] < least {
			h.crowded++
		}
	}
	h.crowds = maps.Clone(h.s.crowds.least)
}

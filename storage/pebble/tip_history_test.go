package pebble

import (
	"aion/storage"
	"aion/storage/points"
)

// compareNewest compares the newest points of all series with the model. What had
// expired before the clock jumped back may be there or not.
func (h *lifeline) compareNewest() {
	var all []storage.Series
	for one, err := range h.s.Select(h.Context(), storage.Selection{}) {
		h.must(err)
		all = append(all, one)
	}
	if len(all) == 0 {
		return
	}
	var got points.Block
	ends, _, err := storage.Lead(h.Context(), all, points.Always, points.Desc, 1, &got, nil)
	h.must(err)
	from := 0
	for i, to := range ends {
		v := got.Slice(from, to)
		h.compareTip(all[i].Key().Tags[0].Value, &v)
		from = to
	}
}

// compareTip compares the newest point of a series with the model.
func (h *lifeline) compareTip(host string, got *points.Block) {
	now, latest := h.clock.UnixMilli(), h.latest.UnixMilli()
	for at, f := range h.model[host] {
		if (f.expires == 0 || f.expires > latest) && (got.Len() == 0 || got.Times[0] < at) {
			h.Errorf("the newest of %s is %v, and there is %v at %d", host, got.Times, f, at)
			return
		}
	}
	if got.Len() == 0 {
		return
	}
	if f, ok := h.model[host][got.Times[0]]; !ok || f.value != got.Ints[0] || f.expires != 0 && f.expires <= now {
		h.Errorf("the newest of %s is %d at %d, the model %v, %t, at %d", host, got.Ints[0], got.Times[0], f, ok, now)
	}
}

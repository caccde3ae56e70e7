package memory

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"

	"aion/storage/points"
)

// series is one stored series. Its columns are never changed where a reader may
// look: a change makes new ones, or appends behind the end of the present ones.
type series struct {
	key     points.Key
	points  points.Block // ascending, each time once
	expires []int64      // when each point is gone; empty: none ever is
}

// newSeries is a series without points.
func newSeries(k points.Key) *series {
	return &series{key: k, points: points.Block{Kind: k.Kind()}}
}

// cloneKey is a key that shares no memory with k.
func cloneKey(k points.Key) points.Key {
	tags := make(points.Tags, len(k.Tags))
	for i, t := range k.Tags {
		tags[i] = points.Tag{Name: strings.Clone(t.Name), Value: strings.Clone(t.Value)}
	}
	return points.Key{Metric: strings.Clone(k.Metric), Tags: tags, Type: strings.Clone(k.Type)}
}

// with is s with the points of b, of which the last of a repeated time wins.
func (s *series) with(b *points.Block, expires int64) *series {
	order := lastOfEach(b.Times)
	n := s.points.Len()
	if len(order) == 0 {
		return s
	}
	if n == 0 || b.Times[order[0]] > s.points.Times[n-1] {
		out := *s
		for _, i := range order {
			out.appendOne(b, i, expires)
		}
		return &out
	}
	out, from := newSeries(s.key), 0
	for _, i := range order {
		to, found := slices.BinarySearch(s.points.Times, b.Times[i])
		out.append(s, from, to)
		out.appendOne(b, i, expires)
		if from = to; found {
			from++
		}
	}
	out.append(s, from, n)
	return out
}

// lastOfEach lists where the last point of each time stands, in time order.
func lastOfEach(times []int64) []int {
	order := make([]int, len(times))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(times[a], times[b]), cmp.Compare(b, a))
	})
	return slices.CompactFunc(order, func(a, b int) bool { return times[a] == times[b] })
}

// append adds points [from, to) of o.
func (s *series) append(o *series, from, to int) {
	if from == to {
		return
	}
	v := o.points.Slice(from, to)
	switch {
	case len(o.expires) != 0:
		s.dated()
		s.expires = append(s.expires, o.expires[from:to]...)
	case len(s.expires) != 0:
		s.expires = append(s.expires, slices.Repeat([]int64{math.MaxInt64}, to-from)...)
	}
	s.points.AppendBlock(&v)
}

// appendOne adds a copy of point i of b.
func (s *series) appendOne(b *points.Block, i int, expires int64) {
	if expires != math.MaxInt64 {
		s.dated()
	}
	if len(s.expires) != 0 || expires != math.MaxInt64 {
		s.expires = append(s.expires, expires)
	}
	switch b.Kind {
	case points.Text:
		s.points.AppendText(b.Times[i], strings.Clone(b.Texts[i]))
	case points.Opaque:
		s.points.Type = s.key.Type
		s.points.AppendBytes(b.Times[i], bytes.Clone(b.Bytes[i]))
	default:
		v := b.Slice(i, i+1)
		s.points.AppendBlock(&v)
	}
}

// dated makes expires explicit when it was empty for "never".
func (s *series) dated() {
	if len(s.expires) == 0 {
		s.expires = slices.Repeat([]int64{math.MaxInt64}, s.points.Len())
	}
}

// without is s without the points at these times.
func (s *series) without(times []int64) *series {
	if len(times) == 0 {
		return s
	}
	gone := make(map[int64]bool, len(times))
	for _, at := range times {
		gone[at] = true
	}
	return s.filter(func(i int) bool { return !gone[s.points.Times[i]] })
}

// outside is s without the points of r.
func (s *series) outside(r points.Range) *series {
	return s.filter(func(i int) bool { return !r.Holds(s.points.Times[i]) })
}

// unexpired is s without the points that are gone at now.
func (s *series) unexpired(now int64) *series {
	return s.filter(func(i int) bool { return s.live(i, now) })
}

// live tells whether point i is there at now.
func (s *series) live(i int, now int64) bool {
	return len(s.expires) == 0 || s.expires[i] > now
}

// filter is s itself if all points stay, else a copy of those that do.
func (s *series) filter(stays func(i int) bool) *series {
	n, i := s.points.Len(), 0
	for i < n && stays(i) {
		i++
	}
	if i == n {
		return s
	}
	out := newSeries(s.key)
	out.append(s, 0, i)
	for ; i < n; i++ {
		if stays(i) {
			out.append(s, i, i+1)
		}
	}
	return out
}

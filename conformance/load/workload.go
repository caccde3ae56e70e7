package load

import (
	"fmt"
	"strconv"
)

// Workload says which series there are and which points they have. Series are
// told apart by the tag device; site and floor are tags that many share.
type Workload struct {
	Name   string // also the metric's, behind the prefix
	Series int
	Points int   // of each series
	Step   int64 // milliseconds from one point of a series to the next
	Sites  int   // values of the tag site; 0: no such tag
	Floors int   // values of the tag floor; 0: no such tag
	digits int   // of a device's number, at least
}

// Workloads are all there are: a, a thousand devices of twenty sites with a point
// each ten seconds; b, one series with a point a second; and cardinality, a
// million series of one point.
func Workloads() []Workload {
	return []Workload{
		{Name: "a", Series: 1000, Points: 10_000, Step: 10_000, Sites: 20, digits: 4},
		{Name: "b", Series: 1, Points: 10_000_000, Step: 1000, digits: 4},
		{Name: "cardinality", Series: 1_000_000, Points: 1, Step: 60_000, Sites: 100, Floors: 1000, digits: 6},
	}
}

// Named is the workload of that name.
func Named(name string) (Workload, error) {
	for _, w := range Workloads() {
		if w.Name == name {
			return w, nil
		}
	}
	return Workload{}, fmt.Errorf("there is no workload %q", name)
}

// Total is the number of all points.
func (w Workload) Total() int64 { return int64(w.Series) * int64(w.Points) }

// appendTags appends the tags of a series as a JSON object.
func (w Workload) appendTags(dst []byte, series int) []byte {
	dst = append(dst, `{"device":"`...)
	dst = append(w.appendDevice(dst, series), '"')
	if w.Sites > 0 {
		dst = append(dst, `,"site":"s`...)
		dst = append(appendPadded(dst, series%w.Sites, 2), '"')
	}
	if w.Floors > 0 {
		dst = append(dst, `,"floor":"f`...)
		dst = append(appendPadded(dst, series%w.Floors, 3), '"')
	}
	return append(dst, '}')
}

// appendDevice appends the value of the tag device.
func (w Workload) appendDevice(dst []byte, series int) []byte {
	return appendPadded(append(dst, 'd'), series, w.digits)
}

// appendPadded appends n with zeros before it, so that it has at least that many
// digits.
func appendPadded(dst []byte, n, digits int) []byte {
	for limit := pow10(digits - 1); limit > 1 && n < limit; limit /= 10 {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

// pow10 is 10 to the power of n.
func pow10(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}

// Start is the time of the first point of every workload, the beginning of 2026.
const Start int64 = 1_767_225_600_000

// farEnd is a time after all points, the beginning of 2200.
const farEnd int64 = 7_258_118_400_000

// window is what queries ask about: the points of the first series in whole
// steps from Start on.
type window struct {
	series int
	step   int64
	steps  int64
	exact  bool // every point in it is there, and no other
}

// end is the window's end, itself outside.
func (w window) end() int64 { return Start + w.steps*w.step }

// last is the part of the window within span milliseconds of its end; 0 asks for
// all of it.
func (w window) last(span int64) window {
	if span > 0 {
		w.steps = min(w.steps, max(span/w.step, 1))
	}
	return w
}

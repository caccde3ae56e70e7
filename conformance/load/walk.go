package load

import "strconv"

// state is how far a series has walked.
type state struct {
	random uint64
	value  float64 // off the mean
}

// seeded is the state of a series before its first point.
func seeded(seed uint64, series int) state {
	s := state{random: seed*0xd1342543de82ef95 + uint64(series)*0xaef17502108ef2d9}
	s.value = 0.35 * s.normal()
	return s
}

// walk is the series' next point, of the given step: a gauge in hundredths that
// strays round 20 and returns to it, at a time up to a tenth of a step late.
func (s *state) walk(step int64, n int) (at, hundredths int64) {
	s.value += 0.05*s.normal() - 0.01*s.value
	at = Start + int64(n)*step + int64(s.next()%uint64(max(step/10, 1)))
	return at, max(int64(100*(20+s.value)+0.5), 0)
}

// normal is a draw that is nearly normal: the sum of four even ones.
func (s *state) normal() float64 {
	const scale = 1.7320508075688772 / (1 << 16) // the root of 3: the sum's variance is 1/3
	x := s.next()
	sum := x&0xffff + x>>16&0xffff + x>>32&0xffff + x>>48
	return (float64(sum) - 2<<16) * scale
}

// next is the next draw of all bits: splitmix64.
func (s *state) next() uint64 {
	s.random += 0x9e3779b97f4a7c15
	x := s.random
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// appendHundredths appends n hundredths as a decimal with two places.
func appendHundredths(dst []byte, n int64) []byte {
	dst = strconv.AppendInt(dst, n/100, 10)
	return append(dst, '.', byte('0'+n/10%10), byte('0'+n%10))
}

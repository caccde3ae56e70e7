package kairosdb

// strangers tells which objects are looked up by their texts when the store knows few
// of their series, as while these begin, or after a restart. Each that it does not know
// has more pass unasked, up to a bound, and one that it knows has all be asked for
// again. Who passes is marked as any other: that is how a store that was opened anew
// comes to know its series.
type strangers struct {
	missed int // how many were asked for since one was known
	pass   int // how many pass unasked
}

// How many in a row are not known before any pass, and how many pass at most.
const (
	strangersAsked = 32
	strangersPass  = 512
)

// passes tells whether the next object passes unasked.
func (s *strangers) passes() bool {
	if s.pass == 0 {
		return false
	}
	s.pass--
	return true
}

// saw notes whether an object that was asked for is known.
func (s *strangers) saw(known bool) {
	if known {
		s.missed = 0
		return
	}
	if s.missed++; s.missed >= strangersAsked {
		s.pass = min(1<<min(s.missed-strangersAsked, 16), strangersPass)
	}
}

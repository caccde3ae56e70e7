package chunk

import (
	"math"
	"math/bits"

	"aion/storage/points"
)

// AddTo adds the points of the run of that number to b, as ParseRun does with what
// AppendRun writes of it. It answers false, and has added none, where the columns have no
// such run or b has points that are no numbers.
func (s *Runs) AddTo(b *points.Block, expires []int64, slot uint) (all []int64, ok bool) {
	for i := range s.parts {
		if p := &s.parts[i]; p.mask>>slot&1 != 0 {
			return p.addTo(b, expires, bits.OnesCount64(p.mask&(1<<slot-1)))
		}
	}
	return expires, false
}

// addTo is AddTo of run i.
func (p *part) addTo(b *points.Block, expires []int64, i int) (all []int64, ok bool) {
	old, more := b.Len(), 0
	if old == 0 {
		b.Reset(points.Number)
	}
	if b.Kind != points.Number {
		return expires, false
	}
	if p.head&partSeveral != 0 {
		p.find(i)
		more = p.more(i)
	}
	p.addPoints(b, i, more)
	switch {
	case p.head&partExpiring != 0:
		expires = p.addExpiries(zeros(expires, old), i, more)
	case expires != nil:
		expires = zeros(expires, old+more+1)
	}
	return expires, true
}

// addPoints adds the points of run i, which has so many beyond one.
func (p *part) addPoints(b *points.Block, i, more int) {
	at, v := p.fields[partTime].number(p.data, i), p.fields[partValue].number(p.data, i)
	for k := 0; ; k++ {
		switch p.head & partKind {
		case partLongs:
			b.AppendInt(at, v)
		case partDecimals:
			b.AppendFloat(at, float64(v)/powers[p.scale])
		default:
			b.AppendFloat(at, math.Float64frombits(uint64(v)<<p.scale))
		}
		if k == more {
			return
		}
		at += p.fields[partTimeStep].number(p.data, p.at+k)
		v += p.fields[partValueStep].number(p.data, p.at+k)
	}
}

// addExpiries adds when the points of run i expire, which has so many beyond one.
func (p *part) addExpiries(dst []int64, i, more int) []int64 {
	at := p.fields[partExpiry].number(p.data, i)
	dst = append(dst, at)
	for k := range more {
		at += p.fields[partExpiryStep].number(p.data, p.at+k)
		dst = append(dst, at)
	}
	return dst
}

package chunk

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"

	"aion/storage/points"
)

// The kinds of runs that have columns, in the lower bits of a part's first byte.
const (
	partLongs    = iota
	partDecimals // doubles that are integers divided by a power of ten
	partDoubles  // the bits of doubles, shifted right by the zeros that all end with
	partKind     = 3

	partExpiring = 4 // the points expire
	partKinds    = partDoubles + partExpiring + 1

	partSeveral = 8    // some run has several points
	partSome    = 16   // there are other runs, which the part has not
	partNone    = 0xff // no part follows, though there are runs that none has
)

// partFrom is from how many runs of a kind on they are a part.
const partFrom = 4

// runPoints is up to how many points a run in a part has.
const runPoints = 1024

// The fields of a part. Those of steps are there where some run has several points,
// those of expiries where points expire.
const (
	partCount      = iota // how many points there are, less one
	partTime              // the first time
	partTimeStep          // each time less the one before
	partValue             // the first value
	partValueStep         // each value less the one before
	partExpiry            // the first expiry
	partExpiryStep        // each expiry less the one before
	partFields
)

// hasField tells whether a part that begins with head has a field.
func hasField(head byte, f int) bool {
	switch f {
	case partCount, partTimeStep, partValueStep:
		return head&partSeveral != 0
	case partExpiry:
		return head&partExpiring != 0
	case partExpiryStep:
		return head&partExpiring != 0 && head&partSeveral != 0
	}
	return true
}

// part is runs of one kind in columns.
type part struct {
	head   byte
	scale  byte   // the power of ten, or the shift
	mask   uint64 // by bits, whose runs it has
	data   []byte
	steps  int // how many points its runs have beyond one each
	fields [partFields]field
	run    int // which run comes next, and how many points beyond one each those
	at     int // before it have
}

// Runs reads the runs of several series that stand together in columns. They are
// told apart by numbers below 64.
type Runs struct {
	parts []part
}

// Open reads where the columns are in data of the runs that slots tells by bits. It
// answers which of the runs are not among them, and what stands behind the columns.
// The error is an ErrCorrupt. data must stay as it is while runs are read.
func (s *Runs) Open(data []byte, slots uint64) (left uint64, rest []byte, err error) {
	s.parts = s.parts[:0]
	for slots != 0 && len(data) != 0 {
		if data[0] == partNone {
			return slots, data[1:], nil
		}
		s.parts = append(s.parts, part{})
		p := &s.parts[len(s.parts)-1]
		if data = p.open(data, slots); p.mask == 0 {
			break
		}
		slots &^= p.mask
	}
	if slots != 0 {
		s.parts = s.parts[:0]
		return slots, nil, fmt.Errorf("parse columns of runs: %w", points.ErrCorrupt)
	}
	return 0, data, nil
}

// AppendRun writes the run of that number behind dst, as the function AppendRun does.
// It answers false where the columns have no such run. Whoever asks for one number
// after the other is answered soonest.
func (s *Runs) AppendRun(dst []byte, slot uint) ([]byte, bool) {
	for i := range s.parts {
		if p := &s.parts[i]; p.mask>>slot&1 != 0 {
			return p.appendRun(dst, bits.OnesCount64(p.mask&(1<<slot-1))), true
		}
	}
	return dst, false
}

// Len is how many points the run of that number has, 0 if the columns have no such run.
func (s *Runs) Len(slot uint) int {
	for i := range s.parts {
		p := &s.parts[i]
		if p.mask>>slot&1 == 0 {
			continue
		}
		if p.head&partSeveral == 0 {
			return 1
		}
		return p.more(bits.OnesCount64(p.mask&(1<<slot-1))) + 1
	}
	return 0
}

// open reads a part of runs that slots tells by bits, and answers what stands behind
// it. Where it is damaged, it has no runs.
func (p *part) open(data []byte, slots uint64) (rest []byte) {
	r := reader{data: data}
	p.head, p.mask, p.run, p.at = r.octet(), slots, 0, 0
	size := int(r.octet()) | int(r.octet())<<8
	if p.head&partSome != 0 {
		p.mask = r.word()
	}
	begin := r.at
	r.take(size)
	kind := p.head & partKind
	if r.bad || p.head >= 2*partSome || kind > partDoubles || p.mask&^slots != 0 || p.mask == 0 {
		p.mask = 0
		return nil
	}
	rest = data[r.at:]
	r = reader{data: data[:r.at], at: begin}
	if p.data, p.scale = r.data, 0; kind != partLongs {
		p.scale = r.octet()
	}
	if kind == partDecimals && int(p.scale) >= len(powers) || p.scale > 63 || !p.layOut(&r) {
		p.mask = 0
	}
	return rest
}

// layOut reads where the fields are, and tells whether that is all there is.
func (p *part) layOut(r *reader) bool {
	for i := range p.fields {
		if hasField(p.head, i) {
			width := uint(r.octet())
			if width > maxWidth && width != rawWidth {
				return false
			}
			p.fields[i] = field{width: width, mask: 1<<width - 1, base: r.varint()}
		}
	}
	n := bits.OnesCount64(p.mask)
	for i := range p.fields {
		if !hasField(p.head, i) {
			continue
		}
		size := n
		if i == partTimeStep || i == partValueStep || i == partExpiryStep {
			size = p.steps
		}
		p.fields[i].at = r.at
		r.take(packedSize(size, int(p.fields[i].width)))
		if i == partCount && (r.bad || !p.count(n)) {
			return false
		}
	}
	return !r.bad && r.left() == 0
}

// count counts the points of a part's n runs.
func (p *part) count(n int) bool {
	p.steps = 0
	for i := range n {
		more := p.more(i)
		if more < 0 || more >= runPoints {
			return false
		}
		p.steps += more
	}
	return true
}

// more is how many points run i has beyond the first.
func (p *part) more(i int) int { return int(p.fields[partCount].number(p.data, i)) }

// number is the field of thing i in data, which has no slack.
func (f *field) number(data []byte, i int) int64 {
	if f.width == 0 {
		return f.base
	}
	bit := uint(i) * f.width
	at, shift := f.at+int(bit>>3), bit&7
	if over := at + 8 - len(data); over > 0 {
		at, shift = at-over, shift+8*uint(over)
	}
	return f.base + int64(binary.LittleEndian.Uint64(data[at:])>>shift&f.mask)
}

// appendRun writes run i behind dst.
func (p *part) appendRun(dst []byte, i int) []byte {
	class, more := byte(classDoubles), 0
	if p.head&partKind == partLongs {
		class = classLongs
	}
	if p.head&partExpiring != 0 {
		class |= flagExpiring
	}
	dst = append(dst, runVersion|class)
	if p.head&partSeveral != 0 {
		p.find(i)
		more = p.more(i)
	}
	dst = binary.AppendUvarint(dst, uint64(more+1))
	dst = p.appendLongs(dst, partTime, i, more)
	if class&classMask == classLongs {
		dst = p.appendLongs(dst, partValue, i, more)
	} else {
		dst = p.appendDoubles(dst, i, more)
	}
	if p.head&partExpiring != 0 {
		dst = p.appendLongs(dst, partExpiry, i, more)
	}
	return dst
}

// find moves on to run i.
func (p *part) find(i int) {
	if i < p.run {
		p.run, p.at = 0, 0
	}
	for ; p.run < i; p.run++ {
		p.at += p.more(p.run)
	}
}

// appendLongs writes the numbers of run i in a field, and in that of the steps
// behind it.
func (p *part) appendLongs(dst []byte, f, i, more int) []byte {
	dst = binary.AppendVarint(dst, p.fields[f].number(p.data, i))
	for k := range more {
		dst = binary.AppendVarint(dst, p.fields[f+1].number(p.data, p.at+k))
	}
	return dst
}

// appendDoubles writes the doubles of run i.
func (p *part) appendDoubles(dst []byte, i, more int) []byte {
	v := p.fields[partValue].number(p.data, i)
	for k := 0; ; k++ {
		word := uint64(v) << p.scale
		if p.head&partKind == partDecimals {
			word = math.Float64bits(float64(v) / powers[p.scale])
		}
		if dst = binary.LittleEndian.AppendUint64(dst, word); k == more {
			return dst
		}
		v += p.fields[partValueStep].number(p.data, p.at+k)
	}
}

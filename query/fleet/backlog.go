package fleet

import "encoding/binary"

// How much memory the devices of a backlog take at most, which is enough for a
// few million of them, and how much is taken at once.
const (
	backlogBytes = 64 << 20
	backlogPart  = 64 << 10
)

// backlog is devices that wait, the first that came in front. It holds their names
// as bytes, each behind its length, because at once there can be very many. The zero
// value is empty.
type backlog struct {
	parts [][]byte // the next after the other; no device lies in two
	at    int      // how much of the first part is taken out
	size  int      // of all parts
	spare []byte   // for a part to come
}

// empty tells whether no device waits.
func (l *backlog) empty() bool { return len(l.parts) == 0 }

// push adds a device, if there is room for it. Its texts stay the caller's.
func (l *backlog) push(b birth) bool {
	need := 2*binary.MaxVarintLen64 + len(b.organization) + len(b.id)
	n := len(l.parts)
	if n == 0 || cap(l.parts[n-1])-len(l.parts[n-1]) < need {
		size := max(need, backlogPart)
		if l.size+size > backlogBytes {
			return false
		}
		l.parts, l.size, n = append(l.parts, l.part(size)), l.size+size, n+1
	}
	p := &l.parts[n-1]
	for _, text := range []string{b.organization, b.id} {
		*p = append(binary.AppendUvarint(*p, uint64(len(text))), text...)
	}
	return true
}

// part is an empty part of a size.
func (l *backlog) part(size int) []byte {
	if p := l.spare; cap(p) == size {
		l.spare = nil
		return p[:0]
	}
	return make([]byte, 0, size)
}

// pop takes the first device out of a backlog that is not empty.
func (l *backlog) pop() (b birth) {
	p := l.parts[0]
	for _, text := range []*string{&b.organization, &b.id} {
		n, size := binary.Uvarint(p[l.at:])
		from := l.at + size
		l.at = from + int(n)
		*text = string(p[from:l.at])
	}
	if l.at == len(p) {
		if cap(p) == backlogPart {
			l.spare = p
		}
		l.parts[0] = nil
		l.parts, l.size, l.at = l.parts[1:], l.size-cap(p), 0
	}
	return b
}

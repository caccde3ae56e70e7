package fleet

import (
	"slices"
	"strings"
)

// newBrood is an empty brood for so many devices.
func (f *Fleet) newBrood(devices int) *brood {
	return &brood{f: f, room: make([]cradle, 0, devices), cradles: make([]*cradle, 0, devices), texts: newBroodRoom(devices)}
}

// broodRoom is memory for what is made of the devices of a brood: texts and values of
// records, many of which share a piece.
type broodRoom struct {
	texts  strings.Builder
	values []byte
	piece  int // how much memory is taken at once
}

// How much memory is taken at once: for so many bytes a device, at most.
const (
	broodBytes = 160
	broodPiece = 64 << 10
)

// newBroodRoom is room for so many devices and, a piece at a time, for more.
func newBroodRoom(devices int) broodRoom {
	return broodRoom{piece: min(devices*broodBytes, broodPiece)}
}

// begin makes room for a text, and tells where it begins.
func (r *broodRoom) begin(n int) (from int) {
	if r.texts.Cap()-r.texts.Len() < n {
		r.texts = strings.Builder{}
		r.texts.Grow(max(n, r.piece))
	}
	return r.texts.Len()
}

// join is a text of three parts.
func (r *broodRoom) join(parts [3]string) string {
	from := r.begin(len(parts[0]) + len(parts[1]) + len(parts[2]))
	for _, part := range parts {
		r.texts.WriteString(part)
	}
	return r.texts.String()[from:]
}

// value is what add adds to the bytes that it is given. Nothing is ever added to it.
func (r *broodRoom) value(add func(dst []byte) ([]byte, error)) ([]byte, error) {
	if cap(r.values)-len(r.values) < 2*broodBytes {
		r.values = make([]byte, 0, max(r.piece, 2*broodBytes))
	}
	from := len(r.values)
	all, err := add(r.values)
	if err != nil {
		return nil, err
	}
	r.values = all
	return slices.Clip(all[from:]), nil
}

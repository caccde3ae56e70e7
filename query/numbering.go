package query

import "aion/storage/points"

// numbering gives the points of a block their numbers, one for each grouper.
type numbering struct {
	by  []splitter
	ids [][]int32
	buf []byte
}

// newNumbering numbers points with these groupers.
func newNumbering(splits []Grouper) *numbering {
	n := &numbering{ids: make([][]int32, len(splits))}
	for _, g := range splits {
		n.by = append(n.by, splitterOf(g))
	}
	return n
}

// number numbers a block's points.
func (n *numbering) number(b *points.Block) error {
	for i, by := range n.by {
		if cap(n.ids[i]) < b.Len() {
			n.ids[i] = make([]int32, b.Len())
		}
		n.ids[i] = n.ids[i][:b.Len()]
		if err := by(b, n.ids[i]); err != nil {
			return err
		}
	}
	return nil
}

// same tells whether two points of the block have the same numbers.
func (n *numbering) same(i, j int) bool {
	for _, ids := range n.ids {
		if ids[i] != ids[j] {
			return false
		}
	}
	return true
}

// hash is the same for points with the same numbers.
func (n *numbering) hash(i int) (h uint32) {
	for _, ids := range n.ids {
		h = h*31 + uint32(ids[i])
	}
	return h
}

// are tells whether a point has certain numbers.
func (n *numbering) are(numbers []int32, i int) bool {
	for g, ids := range n.ids {
		if ids[i] != numbers[g] {
			return false
		}
	}
	return true
}

// idsOf are the numbers of a point.
func (n *numbering) idsOf(i int) []int32 {
	ids := make([]int32, len(n.ids))
	for g := range n.ids {
		ids[g] = n.ids[g][i]
	}
	return ids
}

// key is the numbers of a point as a map key.
func (n *numbering) key(i int) string {
	n.buf = n.buf[:0]
	for _, ids := range n.ids {
		v := uint32(ids[i])
		n.buf = append(n.buf, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
	}
	return string(n.buf)
}

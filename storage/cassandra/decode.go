package cassandra

import (
	"encoding/binary"
	"fmt"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"aion/storage/codec"
	"aion/storage/points"
)

// decoder turns the rows of an answer into points, straight from its bytes.
type decoder struct {
	scan   *scan
	row    *row
	strict bool
	block  points.Block
	column []byte // of the row that is being read; it lies in the answer
	first  []byte // of the first row
	err    error  // a points.ErrCorrupt
}

// page decodes a whole answer, behind what is carried over.
func (d *decoder) page(answer *gocql.Iter, carry *points.Block) *page {
	rows := answer.NumRows()
	d.reserve(rows + carry.Len())
	d.block.AppendBlock(carry)
	to := [2]any{(*columnOf)(d), (*valueOf)(d)}
	for answer.Scan(to[:]...) {
	}
	got := &page{block: d.block, state: answer.PageState(), rows: rows}
	if rows > 0 && d.err == nil {
		got.first, got.last = binary.BigEndian.Uint32(d.first), binary.BigEndian.Uint32(d.column)
	}
	return got
}

// reserve makes room for so many points.
func (d *decoder) reserve(n int) {
	key := &d.scan.key
	b := &d.block
	b.Reset(key.Kind())
	b.Times = make([]int64, 0, n)
	switch {
	case b.Kind == points.Text:
		b.Texts = make([]string, 0, n)
	case b.Kind == points.Opaque:
		b.Bytes, b.Type = make([][]byte, 0, n), key.Type
	case key.Type == points.TypeLong:
		b.Ints = make([]int64, 0, n)
		fallthrough
	default:
		b.Floats = make([]float64, 0, n)
	}
}

// columnOf is a decoder as the target of a column name.
type columnOf decoder

// UnmarshalCQL remembers the column.
func (c *columnOf) UnmarshalCQL(_ gocql.TypeInfo, column []byte) error {
	c.column = column
	if c.first == nil {
		c.first = column
	}
	return nil
}

// valueOf is a decoder as the target of the value that follows its column.
type valueOf decoder

// UnmarshalCQL adds the point.
func (v *valueOf) UnmarshalCQL(_ gocql.TypeInfo, value []byte) error {
	d := (*decoder)(v)
	d.err = d.point(value)
	return d.err
}

// point adds a point if it is one of the scan. A row whose value has been
// removed has none; in SECONDS the columns of a range hold times of the same
// second outside of it. Of the long and the double that a row without a type may
// have at one time, the long counts: its column is the lower one.
func (d *decoder) point(value []byte) error {
	if value == nil {
		return nil
	}
	if len(d.column) < 4 {
		return fmt.Errorf("%s: %w: a column of row %d is %x", d.scan.what, points.ErrCorrupt, d.row.time, d.column)
	}
	at := d.row.conn.layout.Time(d.row.time, d.column)
	if !d.scan.r.Holds(at) {
		return nil
	}
	if d.strict && !d.scan.follows(&d.block, at) {
		n := d.block.Len() - 1
		if d.scan.order == points.Asc || d.block.Times[n] != at {
			return nil
		}
		d.block = d.block.Slice(0, n)
	}
	return d.add(at, value)
}

// add adds a point.
func (d *decoder) add(at int64, value []byte) error {
	var err error
	if d.row.untyped {
		err = codec.AppendUntypedPoint(&d.block, at, d.column[:4], value)
	} else {
		err = codec.AppendPoint(&d.block, at, d.scan.key.Type, value)
	}
	if err != nil {
		return fmt.Errorf("%s: the value at %d: %w", d.scan.what, at, err)
	}
	return nil
}

// follows tells whether at lies beyond the last point of b in the scan's order.
func (s *scan) follows(b *points.Block, at int64) bool {
	n := b.Len()
	return n == 0 || at != b.Times[n-1] && (at > b.Times[n-1]) == (s.order == points.Asc)
}

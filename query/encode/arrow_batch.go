package encode

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"aion/query"
	"aion/storage/points"
)

// batchRows is how many points a batch has that is full, and batchText how many
// bytes of texts make it full, too.
const (
	batchRows = 1 << 16
	batchText = 4 << 20
)

// batch is points as columns of Arrow. It is used again and again.
type batch struct {
	times   []int64
	numbers []int32  // of metrics; nil: there is no such column
	names   []*names // metric, tags, group
	values  values
	texts   texts
	metric  int32 // of the points to come
}

// newBatch is an empty batch.
func newBatch(t *Table) *batch {
	b := &batch{times: make([]int64, 0, batchRows)}
	if t.Numbered {
		b.numbers = make([]int32, 0, batchRows)
	}
	others := 2 // time and value
	if t.Numbered {
		others++
	}
	for range len(t.Names()) - others {
		b.names = append(b.names, newNames())
	}
	b.values = values{doubles: make([]float64, 0, batchRows), valid: make([]byte, batchRows/8)}
	b.texts = texts{offsets: make([]int32, 1, batchRows+1), valid: make([]byte, batchRows/8)}
	return b
}

// begin says which result the points to come are of.
func (b *batch) begin(t *Table, metric int, r *query.Result) {
	b.metric = int32(metric)
	b.names[0].set(nameOf(r), true)
	rest := b.names[1:]
	if t.Columns == nil {
		rest[0].set(tagsOf(r), true)
		rest = rest[1:]
	}
	for i, tag := range t.Columns {
		rest[i].set(tagOf(r, tag))
	}
	if t.Split {
		rest[len(rest)-1].set(groupOf(r), true)
	}
}

// rows is how many points there are.
func (b *batch) rows() int { return len(b.times) }

// full tells whether the batch is to be written before more is added.
func (b *batch) full() bool { return b.rows() == batchRows || len(b.texts.bytes) >= batchText }

// room is how many of the points of v, from one on, may be added at once.
func (b *batch) room(v *points.Block, from int) int {
	n := min(v.Len()-from, batchRows-b.rows())
	size := len(b.texts.bytes)
	for i := range n {
		switch v.Kind {
		case points.Number:
			return n
		case points.Text:
			size += len(v.Texts[from+i])
		default:
			size += len(v.Bytes[from+i])
		}
		if size >= batchText {
			return i + 1
		}
	}
	return n
}

// add takes in points, for which there is room.
func (b *batch) add(v *points.Block) {
	at, n := b.rows(), v.Len()
	b.times = append(b.times, v.Times...)
	if b.numbers != nil {
		b.numbers = fill(b.numbers, b.metric, n)
	}
	for _, c := range b.names {
		c.repeat(at, n)
	}
	if v.Kind == points.Number {
		b.values.add(at, v)
		b.texts.addDigits(at, v)
		return
	}
	b.values.addNone(at, n)
	for i := range n {
		if v.Kind == points.Text {
			b.texts.add(at+i, v.Texts[i])
		} else {
			b.texts.add(at+i, opaqueText(v.Type, v.Bytes[i]))
		}
	}
}

// record is the batch as Arrow has it, which shares its memory.
func (b *batch) record(schema *arrow.Schema) arrow.RecordBatch {
	n := b.rows()
	columns := []arrow.Array{column(schema.Field(0).Type, n, 0, nil, arrow.Int64Traits.CastToBytes(b.times))}
	if b.numbers != nil {
		columns = append(columns, column(arrow.PrimitiveTypes.Int32, n, 0, nil, arrow.Int32Traits.CastToBytes(b.numbers)))
	}
	for _, c := range b.names {
		columns = append(columns, c.column(n))
	}
	columns = append(columns,
		column(arrow.PrimitiveTypes.Float64, n, b.values.nulls, b.values.valid, arrow.Float64Traits.CastToBytes(b.values.doubles)),
		column(arrow.BinaryTypes.String, n, b.texts.nulls, b.texts.valid, arrow.Int32Traits.CastToBytes(b.texts.offsets), b.texts.bytes))
	return array.NewRecordBatch(schema, columns, int64(n))
}

// column is an array over memory that stays the caller's.
func column(of arrow.DataType, n, nulls int, valid []byte, buffers ...[]byte) arrow.Array {
	all := []*memory.Buffer{nil}
	if nulls > 0 {
		all[0] = memory.NewBufferBytes(valid)
	}
	for _, b := range buffers {
		all = append(all, memory.NewBufferBytes(b))
	}
	return array.MakeFromData(array.NewData(of, n, all, nil, nulls, 0))
}

// reset empties the batch. The points to come are of the same result.
func (b *batch) reset() {
	b.times = b.times[:0]
	if b.numbers != nil {
		b.numbers = b.numbers[:0]
	}
	for _, c := range b.names {
		c.reset()
	}
	b.values.reset()
	b.texts.reset()
}

// fill adds v n times.
func fill(dst []int32, v int32, n int) []int32 {
	from := len(dst)
	dst = dst[:from+n]
	for i := from; i < len(dst); i++ {
		dst[i] = v
	}
	return dst
}

// setAll says of n points from at on whether they have a value.
func setAll(valid []byte, at, n int, has bool) {
	bitutil.SetBitsTo(valid, int64(at), int64(n), has)
}

package encode

import (
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"

	"aion/storage/points"
)

// names is a column of names, most of which repeat: a dictionary, and the number
// in it of each point's name.
type names struct {
	list    []string
	at      map[string]int32
	numbers []int32
	valid   []byte
	nulls   int
	name    string // of the points to come
	has     bool   // they have one
}

// newNames is an empty column.
func newNames() *names {
	return &names{at: map[string]int32{}, numbers: make([]int32, 0, batchRows), valid: make([]byte, batchRows/8)}
}

// set says what the points to come are called. Not ok: nothing.
func (c *names) set(name string, ok bool) { c.name, c.has = valid(name), ok }

// repeat adds the name for n points from at on.
func (c *names) repeat(at, n int) {
	setAll(c.valid, at, n, c.has)
	if !c.has {
		c.nulls += n
		c.numbers = fill(c.numbers, 0, n)
		return
	}
	number, known := c.at[c.name]
	if !known {
		number = int32(len(c.list))
		c.at[c.name], c.list = number, append(c.list, c.name)
	}
	c.numbers = fill(c.numbers, number, n)
}

// column is the column as Arrow has it. Its dictionary is a copy, which the
// stream compares the next one with.
func (c *names) column(n int) arrow.Array {
	var bytes []byte
	offsets := []int32{0}
	for _, name := range c.list {
		bytes = append(bytes, name...)
		offsets = append(offsets, int32(len(bytes)))
	}
	list := column(arrow.BinaryTypes.String, len(c.list), 0, nil, arrow.Int32Traits.CastToBytes(offsets), bytes)
	numbers := column(arrow.PrimitiveTypes.Int32, n, c.nulls, c.valid, arrow.Int32Traits.CastToBytes(c.numbers))
	return array.NewDictionaryArray(named(), numbers, list)
}

// reset empties the column. Its memory for names is given back where they were
// many.
func (c *names) reset() {
	c.list, c.numbers, c.nulls = nil, c.numbers[:0], 0
	if len(c.at) > 0 {
		c.at = map[string]int32{}
	}
}

// values is the column of doubles.
type values struct {
	doubles []float64
	valid   []byte
	nulls   int
}

// add takes in the numbers of b, from at on.
func (c *values) add(at int, b *points.Block) {
	c.doubles = append(c.doubles, b.Floats...)
	setAll(c.valid, at, b.Len(), true)
	if len(b.Nulls) == 0 && finite(b.Floats) {
		return
	}
	for i, v := range b.Floats {
		if b.Null(i) || v-v != 0 {
			bitutil.ClearBit(c.valid, at+i)
			c.doubles[at+i] = 0
			c.nulls++
		}
	}
}

// finite tells whether all of v are numbers.
func finite(v []float64) bool {
	rest := 0.0
	for _, v := range v {
		rest += v - v
	}
	return rest == 0
}

// addNone adds n nulls from at on.
func (c *values) addNone(at, n int) {
	for range n {
		c.doubles = append(c.doubles, 0)
	}
	setAll(c.valid, at, n, false)
	c.nulls += n
}

// reset empties the column.
func (c *values) reset() { c.doubles, c.nulls = c.doubles[:0], 0 }

// texts is the column of texts.
type texts struct {
	bytes   []byte
	offsets []int32 // one more than there are points
	valid   []byte
	nulls   int
}

// add adds a text at the end, at at.
func (c *texts) add(at int, text string) {
	c.bytes = append(c.bytes, valid(text)...)
	c.offsets = append(c.offsets, int32(len(c.bytes)))
	bitutil.SetBit(c.valid, at)
}

// addNone adds n nulls from at on.
func (c *texts) addNone(at, n int) {
	c.offsets = fill(c.offsets, int32(len(c.bytes)), n)
	setAll(c.valid, at, n, false)
	c.nulls += n
}

// addDigits adds, from at on, the digits of the integers of b that doubles are
// not, and nulls for the others.
func (c *texts) addDigits(at int, b *points.Block) {
	if !slices.ContainsFunc(b.Ints, func(n int64) bool { return !exact(n) }) {
		c.addNone(at, b.Len())
		return
	}
	for i, n := range b.Ints {
		if exact(n) || !b.Int(i) || b.Null(i) {
			c.addNone(at+i, 1)
		} else {
			c.add(at+i, strconv.FormatInt(n, 10))
		}
	}
}

// exact tells whether n is a double.
func exact(n int64) bool {
	if -1<<53 <= n && n <= 1<<53 {
		return true
	}
	v := float64(n)
	return v < 1<<63 && int64(v) == n
}

// reset empties the column.
func (c *texts) reset() { c.bytes, c.offsets, c.nulls = c.bytes[:0], c.offsets[:1], 0 }

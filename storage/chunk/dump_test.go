package chunk

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"aion/storage/points"
)

// TestDump holds encoded bytes to testdata/dump, which shows them with their
// offsets and what they mean.
func TestDump(t *testing.T) {
	datadriven.RunTest(t, "testdata/dump", func(t *testing.T, d *datadriven.TestData) string {
		b, expires := parseBlock(t, d)
		if d.Cmd == "run" {
			return dumpRun(t, AppendRun(nil, b, expires))
		}
		return dumpChunk(t, roundTrip(t, b, expires))
	})
}

// parseBlock reads the points of a script: a time, a value and perhaps an
// expiry a line.
func parseBlock(t *testing.T, d *datadriven.TestData) (b *points.Block, expires []int64) {
	t.Helper()
	b = &points.Block{}
	kind := d.CmdArgs[0].Key
	switch kind {
	case "text":
		b.Kind = points.Text
	case "complex":
		b.Kind, b.Type = points.Opaque, points.TypeComplex
	}
	for _, line := range strings.Split(d.Input, "\n") {
		f := strings.Fields(line)
		at, err := strconv.ParseInt(f[0], 10, 64)
		if err != nil {
			t.Fatalf("time %q: %v", f[0], err)
		}
		switch kind {
		case "null":
			b.AppendNull(at)
		case "long":
			v, _ := strconv.ParseInt(f[1], 10, 64)
			b.AppendInt(at, v)
		case "double":
			v, _ := strconv.ParseFloat(f[1], 64)
			b.AppendFloat(at, v)
		case "text":
			b.AppendText(at, f[1])
		case "complex":
			b.AppendBytes(at, []byte(f[1]))
		}
		if len(f) > 2 {
			expiry, _ := strconv.ParseInt(f[2], 10, 64)
			expires = append(expires, expiry)
		}
	}
	return b, expires
}

// dumper reads a chunk or run and prints each part that it has read.
type dumper struct {
	reader
	shown int
	out   strings.Builder
}

// note prints the bytes since the last note and what they mean.
func (d *dumper) note(format string, args ...any) {
	meaning := fmt.Sprintf(format, args...)
	for {
		line := d.data[d.shown:min(d.at, d.shown+8)]
		fmt.Fprintf(&d.out, "%s\n", strings.TrimRight(fmt.Sprintf("%3d  %-24s %s", d.shown, fmt.Sprintf("% x", line), meaning), " "))
		d.shown, meaning = d.shown+len(line), ""
		if d.shown >= d.at {
			return
		}
	}
}

// title prints what the next parts belong to.
func (d *dumper) title(format string, args ...any) { fmt.Fprintf(&d.out, "# "+format+"\n", args...) }

// className names a class as dumps print it.
func className(class byte) string {
	return [...]string{"nulls", "doubles", "longs", "texts", "opaque"}[class]
}

// modeName names a mode as dumps print it.
func modeName(mode byte) string {
	return [...]string{"offsets", "deltas", "distances from a line"}[mode]
}

// column prints a column of n integers.
func (d *dumper) column(n int, values bool) {
	head, exceptions := d.octet(), d.octet()
	width := int(head & 0x3f)
	if width == rawCode {
		width = rawWidth
	}
	d.note("%s of %d bits, %d exceptions", modeName(head>>6), width, exceptions)
	d.note("base %d", d.varint())
	if size := packedSize(n, width); size > 0 {
		d.take(size)
		d.note("%d numbers", n)
	}
	for range exceptions {
		i, high := d.octet(), d.uvarint()
		d.note("exception at %d: plus %d<<%d", i, high, width)
	}
	if values && head>>6 == modeDelta {
		d.note("first %d", d.varint())
	}
}

// dumpChunk prints a whole chunk.
func dumpChunk(t *testing.T, data []byte) string {
	t.Helper()
	var c Chunk
	if err := c.Open(data); err != nil {
		t.Fatalf("Open: %v", err)
	}
	d := &dumper{reader: reader{data: data}}
	d.octet()
	d.note("version")
	d.octet()
	d.note("class %s, flags %#02x", className(c.class), c.flags)
	for i := range c.pages {
		d.page(&c, i)
	}
	if c.expiries > c.heapAt {
		d.title("heap")
		d.heap(c.expiries)
	}
	if c.Expiring() {
		d.title("expiries")
		d.column(min(c.n, PageSize), true)
	}
	d.directory(&c)
	return d.out.String()
}

// page prints the columns of page i.
func (d *dumper) page(c *Chunk, i int) {
	d.title("page %d, times", i)
	d.column(c.pageLen(i), false)
	if c.class == classNulls {
		return
	}
	d.title("page %d, values", i)
	odd := false
	if c.class == classDoubles {
		shape := d.octet()
		odd = shape == shapePatched
		d.note("shape %#02x", shape)
	}
	d.column(c.pageLen(i), true)
	if odd {
		n := d.octet()
		d.note("%d values that are no decimals", n)
		for range n {
			at := d.octet()
			d.word()
			d.note("at %d", at)
		}
	}
}

// heap prints a heap that ends at end and is not compressed.
func (d *dumper) heap(end int) {
	d.note("%d values", d.uvarint())
	d.note("form %d", d.octet())
	d.take(end - d.at)
	d.note("lengths, then %q", d.data[d.shown:d.at])
}

// directory prints the directory and what follows it.
func (d *dumper) directory(c *Chunk) {
	d.title("directory")
	d.note("%d points", d.uvarint())
	switch c.class {
	case classDoubles:
		d.note("decimals are scaled by 1e%d", d.octet())
	case classOpaque:
		d.note("type %q", d.take(d.length()))
	}
	if c.Expiring() {
		d.note("earliest expiry %d", d.varint())
	}
	d.note("slope %g", float64(d.uvarint())/(1<<slopeBits))
	for i := range c.pages {
		if i == 0 {
			d.note("first time %d", d.varint())
		} else {
			d.note("%d after the last one", d.uvarint())
		}
		d.note("last time %d later", d.uvarint())
		d.note("times take %d bytes", d.uvarint())
		if c.class != classNulls {
			d.note("values take %d bytes", d.uvarint())
		}
	}
	if c.class == classTexts || c.class == classOpaque {
		d.note("heap takes %d bytes", d.uvarint())
	}
	if c.Expiring() {
		d.note("expiries take %d bytes", d.uvarint())
	}
	s := sums{power: c.power}
	for i := range c.pages {
		if before := d.at; c.flags&flagSummaries != 0 {
			s.read(&d.reader, new(digest), c.pageLen(i))
			form := d.data[before]
			p, _ := c.PageSummary(i)
			d.note("summary in form %d: %v..%v sum %v first %v last %v", form, p.Min, p.Max, p.Sum, p.First, p.Last)
		}
	}
	d.take(4)
	d.note("length of the directory")
	d.take(4)
	d.note("checksum")
}

// dumpRun prints a run.
func dumpRun(t *testing.T, data []byte) string {
	t.Helper()
	d := &dumper{reader: reader{data: data}}
	head := d.octet()
	class := head & classMask
	d.note("run of %s, flags %#02x", className(class), head&^(runVersion|classMask))
	n := d.length()
	d.note("%d points", n)
	if class == classOpaque {
		d.note("type %q", d.take(d.length()))
	}
	for range n {
		d.note("time %+d", d.varint())
	}
	for range n {
		switch class {
		case classDoubles:
			d.word()
			d.note("value")
		case classLongs:
			d.note("value %+d", d.varint())
		case classTexts, classOpaque:
			d.note("value %q", d.take(d.length()))
		}
	}
	for d.left() > 0 {
		d.note("expiry %+d", d.varint())
	}
	return d.out.String()
}

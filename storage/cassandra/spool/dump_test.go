package spool

import (
	"fmt"
	"math"
	"strings"

	"aion/storage/points"
)

// dumper reads a record and prints each part that it has read.
type dumper struct {
	reader
	shown int
	out   strings.Builder
}

// note prints the bytes since the last note and what they mean.
func (d *dumper) note(format string, args ...any) {
	meaning := fmt.Sprintf(format, args...)
	for d.shown < d.at {
		line := d.data[d.shown:min(d.at, d.shown+8)]
		fmt.Fprintf(&d.out, "%s\n", strings.TrimRight(fmt.Sprintf("%3d  %-24s %s", d.shown, fmt.Sprintf("% x", line), meaning), " "))
		d.shown, meaning = d.shown+len(line), ""
	}
}

// dump prints a record.
func dump(data []byte) string {
	d := &dumper{reader: reader{data: data}}
	d.take(4)
	d.note("magic")
	d.take(4)
	d.note("length")
	d.take(4)
	d.note("checksum of the payload")
	d.take(4)
	d.note("checksum of the head")
	d.note("version %d", d.octet())
	d.note("written at %d", int64(d.word()))
	d.note("%d batches", d.uvarint())
	d.note("%d points", d.uvarint())
	var form []byte
	for d.left() > 0 {
		form = d.change(form)
	}
	return d.out.String()
}

// change prints a change and gives back the form of its key.
func (d *dumper) change(before []byte) []byte {
	shared := d.uvarint()
	d.note("%d bytes of the key before", shared)
	form := append(append([]byte{}, before[:shared]...), d.take(d.count())...)
	var k points.Key
	parseKey(form, &k)
	d.note("then those of %s", k)
	d.note("life %d", d.varint())
	n := d.count()
	d.note("%d removals", n)
	for range n {
		d.note("time %+d", d.varint())
	}
	d.points()
	return form
}

// points prints points.
func (d *dumper) points() {
	shape := d.octet()
	d.note("%s", [...]string{"no points", "longs", "doubles", "mixed", "texts", "opaque"}[shape])
	if shape == shapeNone {
		return
	}
	n := d.count()
	d.note("%d points", n)
	for range n {
		d.note("time %+d", d.varint())
	}
	if shape == shapeOpaque {
		d.note("type %q", d.take(d.count()))
	}
	for range n {
		kind := shape
		if shape == shapeMixed {
			kind = [...]byte{isDouble: shapeDoubles, isLong: shapeLongs, isNull: shapeNone}[d.octet()]
		}
		switch kind {
		case shapeNone:
			d.note("null")
		case shapeLongs:
			d.note("value %+d", d.varint())
		case shapeDoubles:
			d.note("value %v", math.Float64frombits(d.word()))
		default:
			d.note("value %q", d.take(d.count()))
		}
	}
}

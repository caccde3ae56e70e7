package aggregators

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"testing"

	"aion/storage/points"
)

// point is one point in the form that tests compare.
type point struct {
	at   int64
	kind string // long, double, string, null or opaque
	bits uint64
	text string
}

// String shows a point with the exact bits of a double.
func (p point) String() string {
	switch p.kind {
	case "long":
		return fmt.Sprintf("%d:%d", p.at, int64(p.bits))
	case "double":
		return fmt.Sprintf("%d:%v(%x)", p.at, math.Float64frombits(p.bits), p.bits)
	case "null":
		return fmt.Sprintf("%d:null", p.at)
	}
	return fmt.Sprintf("%d:%q", p.at, p.text)
}

// number is what arithmetic takes p for.
func (p point) number() float64 {
	switch p.kind {
	case "long":
		return float64(int64(p.bits))
	case "double":
		return math.Float64frombits(p.bits)
	}
	return 0
}

// long makes a point.
func long(at, v int64) point { return point{at: at, kind: "long", bits: uint64(v)} }

// double makes a point.
func double(at int64, v float64) point {
	return point{at: at, kind: "double", bits: math.Float64bits(v)}
}

// text makes a point.
func text(at int64, v string) point { return point{at: at, kind: "string", text: v} }

// null makes a point.
func null(at int64) point { return point{at: at, kind: "null"} }

// groupKind is the kind of block that holds p.
func (p point) groupKind() points.Kind {
	switch p.kind {
	case "string":
		return points.Text
	case "opaque":
		return points.Opaque
	}
	return points.Number
}

// appendTo adds p to a block of its kind.
func (p point) appendTo(b *points.Block) {
	switch p.kind {
	case "long":
		b.AppendInt(p.at, int64(p.bits))
	case "double":
		b.AppendFloat(p.at, math.Float64frombits(p.bits))
	case "null":
		b.AppendNull(p.at)
	case "string":
		b.AppendText(p.at, p.text)
	default:
		b.Type = "kairos_complex"
		b.AppendBytes(p.at, []byte(p.text))
	}
}

// pointsOf are the points of a block.
func pointsOf(b *points.Block) []point {
	var all []point
	for i, at := range b.Times {
		switch {
		case b.Kind == points.Text:
			all = append(all, text(at, b.Texts[i]))
		case b.Kind == points.Opaque:
			all = append(all, point{at: at, kind: "opaque", text: string(b.Bytes[i])})
		case b.Null(i):
			all = append(all, null(at))
		case b.Int(i):
			all = append(all, long(at, b.Ints[i]))
		default:
			all = append(all, double(at, b.Floats[i]))
		}
	}
	return all
}

// cursor reads points a few at a time, size of them in a block.
type cursor struct {
	points []point
	size   int
	closed int
}

// Next fills b.
func (c *cursor) Next(ctx context.Context, b *points.Block) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.Reset(b.Kind)
	if len(c.points) == 0 {
		return io.EOF
	}
	n := min(c.size, len(c.points))
	b.Reset(c.points[0].groupKind())
	for _, p := range c.points[:n] {
		p.appendTo(b)
	}
	c.points = c.points[n:]
	return nil
}

// Close counts.
func (c *cursor) Close() error {
	c.closed++
	return nil
}

// readAll reads a cursor to its end and checks its manners.
func readAll(t *testing.T, c points.Cursor) ([]point, error) {
	t.Helper()
	var all []point
	var b points.Block
	for {
		err := c.Next(t.Context(), &b)
		if err == nil {
			if b.Len() == 0 || b.Len() > points.BlockSize {
				t.Fatalf("a block of %d points", b.Len())
			}
			all = append(all, pointsOf(&b)...)
			continue
		}
		if b.Len() != 0 {
			t.Fatalf("%d points beside %v", b.Len(), err)
		}
		if again := c.Next(t.Context(), &b); again != err {
			t.Fatalf("Next again: got %v, want %v", again, err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		return nil, err
	}
}

// compareMerged is the order in which KairosDB merges points: by time, then by
// value.
func compareMerged(a, b point) int {
	if a.at != b.at {
		if a.at < b.at {
			return -1
		}
		return 1
	}
	x, y := ordered(a.number()), ordered(b.number())
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// merged is the merged stream of series.
func merged(series [][]point, desc bool) []point {
	all := slices.Concat(series...)
	slices.SortStableFunc(all, compareMerged)
	if desc {
		slices.Reverse(all)
	}
	return all
}

// build makes an aggregator.
func build(t *testing.T, name string, env Env, v Values) Aggregator {
	t.Helper()
	spec, ok := Builtin().Spec(name)
	if !ok {
		t.Fatalf("no aggregator %s", name)
	}
	a, err := spec.Build(env, v)
	if err != nil {
		t.Fatalf("build %s: %v", name, err)
	}
	return a
}

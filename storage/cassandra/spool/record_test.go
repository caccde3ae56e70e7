package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"aion/storage"
	"aion/storage/points"
)

// every is a batch with every kind of change.
func every() *storage.Batch {
	var b storage.Batch
	key := func(metric, stored string) points.Key {
		return points.Key{Metric: metric, Tags: points.Tags{{Name: "dc", Value: "x"}, {Name: "host", Value: "a"}}, Type: stored}
	}
	var doubles, mixed, nulls points.Block
	doubles.AppendFloat(3, 1.5)
	doubles.AppendFloat(1, math.Copysign(0, -1))
	mixed.AppendInt(-7, math.MaxInt64)
	mixed.AppendFloat(math.MaxInt64, -2.25)
	mixed.AppendNull(math.MinInt64)
	nulls.AppendNull(12)
	texts := points.Block{Kind: points.Text}
	texts.AppendText(1, "")
	texts.AppendText(2, "größer \xff")
	opaque := points.Block{Kind: points.Opaque, Type: points.TypeComplex}
	opaque.AppendBytes(1, []byte{})
	opaque.AppendBytes(2, []byte{0, 1, 2})
	b.Put(key("cpu", points.TypeLong), longs(1000, 5, 2000, -6, math.MinInt64, math.MinInt64), time.Hour)
	b.Put(key("cpu", points.TypeDouble), doubles, 0)
	b.Put(key("cpu", points.TypeLegacy), mixed, -time.Second)
	b.Put(key("cpu", points.TypeNull), nulls, 0)
	b.Put(key("cpu.text", points.TypeText), texts, time.Millisecond)
	b.Put(key("cpu.text", points.TypeComplex), opaque, 0)
	b.Put(points.Key{}, points.Block{}, 0)
	b.Remove(key("cpu", points.TypeLong), 5, math.MaxInt64, -1)
	both := longs(9, 9)
	b.Put(key("cpu", points.TypeLong), both, 0)
	b.Changes[len(b.Changes)-1].Remove = []int64{9, 10}
	return &b
}

// same compares changes; a column that is nil is the same as an empty one, and
// doubles are compared by their bits.
func same(t *testing.T, got, want []storage.Change) {
	t.Helper()
	bits := cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), bits); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

// payloadOf is the payload of the record that data begins with.
func payloadOf(t testing.TB, data []byte) []byte {
	t.Helper()
	length, sum, ok := parseHead(data)
	if !ok || checksum(data[headSize:headSize+length]) != sum {
		t.Fatal("no record")
	}
	return data[headSize : headSize+length]
}

// TestRecord: what is read is what was written, whatever batch came before.
func TestRecord(t *testing.T) {
	one, two := every(), put("m", 1, 1)
	n := int64(2*one.Len() + two.Len())
	data := appendRecord(nil, preface{at: -5, batches: 3, points: n}, appendChanges(nil, one), appendChanges(nil, two), appendChanges(nil, one))
	r, err := parseRecord(payloadOf(t, data), maphash.MakeSeed())
	if err != nil {
		t.Fatal(err)
	}
	want := append(append(append([]storage.Change{}, one.Changes...), two.Changes...), one.Changes...)
	same(t, r.batch.Changes, want)
	if got := r.preface; got != (preface{-5, 3, n}) {
		t.Errorf("the record says %+v", got)
	}
	if r.series[0] != r.series[7] || r.series[0] == r.series[1] || len(r.series) != len(want) {
		t.Errorf("the digests of the series are %v", r.series)
	}
}

// TestNewerRecord: a record of a later release is told from a damaged one.
func TestNewerRecord(t *testing.T) {
	data := payloadOf(t, appendRecord(nil, preface{}, nil))
	data[0] = version + 1
	_, err := parseRecord(data, maphash.MakeSeed())
	if want := versionError(version + 1); !errors.Is(err, want) || errors.Is(err, points.ErrCorrupt) {
		t.Errorf("got %v, want %v", err, want)
	}
}

// FuzzRecord reads any payload. What is accepted is read the same when it is
// written again.
func FuzzRecord(f *testing.F) {
	seed := maphash.MakeSeed()
	for _, b := range []*storage.Batch{{}, put("m", 1, 1, 2, 2), every()} {
		f.Add(payloadOf(f, appendRecord(nil, preface{at: 7, batches: 1, points: int64(b.Len())}, appendChanges(nil, b))))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		r, err := parseRecord(payload, seed)
		if err != nil {
			var newer versionError
			if !errors.Is(err, points.ErrCorrupt) && !errors.As(err, &newer) {
				t.Fatalf("got %v, want an ErrCorrupt", err)
			}
			return
		}
		for i := range r.batch.Changes {
			if n := r.batch.Changes[i].Points.Len(); n != 0 && !columns(&r.batch.Changes[i].Points, n) {
				t.Fatalf("change %d is not whole", i)
			}
		}
		again, err := parseRecord(payloadOf(t, appendRecord(nil, r.preface, appendChanges(nil, &r.batch))), seed)
		if err != nil {
			t.Fatal(err)
		}
		same(t, again.batch.Changes, r.batch.Changes)
	})
}

// FuzzWalk walks through any bytes: the pieces are without gaps, and those that
// count as whole have right checksums.
func FuzzWalk(f *testing.F) {
	one := appendRecord(nil, preface{at: 1, batches: 1, points: 1}, appendChanges(nil, put("m", 1, 1)))
	f.Add(one)
	f.Add(append(append([]byte("AiSp"), one...), one[:20]...))
	f.Fuzz(func(t *testing.T, data []byte) {
		w := walker{file: bytes.NewReader(data), end: int64(len(data))}
		for at := int64(0); ; {
			p, err := w.next()
			if errors.Is(err, io.EOF) && at == w.end {
				return
			}
			if err != nil || p.from != at || p.to <= p.from || p.to > w.end {
				t.Fatalf("at %d of %d comes %+v, %v", at, w.end, p, err)
			}
			if p.state == whole && checksum(p.payload) != binary.LittleEndian.Uint32(data[at+8:]) {
				t.Fatalf("the piece at %d counts as whole", at)
			}
			at = p.to
		}
	})
}

// TestWalk: damage costs the record that it is in, and no other.
func TestWalk(t *testing.T) {
	var data []byte
	var ends []int
	for i := range int64(4) {
		data = appendRecord(data, preface{at: i, batches: 1, points: 1}, appendChanges(nil, put("metric", i, i)))
		ends = append(ends, len(data))
	}
	one := ends[0]
	change := func(at int, to byte) []byte {
		d := bytes.Clone(data)
		d[at] = to
		return d
	}
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"all well", data, "whole 0 whole 1 whole 2 whole 3"},
		{"empty", nil, ""},
		{"a payload", change(ends[1]-1, 0xee), "whole 0 damaged whole 2 whole 3"},
		{"a magic", change(one, 'X'), "whole 0 damaged whole 2 whole 3"},
		{"a length", change(one+5, 9), "whole 0 damaged whole 2 whole 3"},
		{"the first", change(2, 9), "damaged whole 1 whole 2 whole 3"},
		{"the last payload", change(len(data)-2, 0xee), "whole 0 whole 1 whole 2 damaged"},
		{"the last length", change(ends[2]+4, 0xee), "whole 0 whole 1 whole 2 damaged"},
		{"cut in the payload", data[:len(data)-1], "whole 0 whole 1 whole 2 torn"},
		{"cut in the head", data[:ends[2]+5], "whole 0 whole 1 whole 2 torn"},
		{"zeros", append(bytes.Clone(data), make([]byte, 200_000)...), "whole 0 whole 1 whole 2 whole 3 torn"},
		{"far damage", append(append(bytes.Clone(data[:one]), bytes.Repeat([]byte("AiSp"), 40_000)...), data[one:]...), "whole 0 damaged whole 1 whole 2 whole 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			w := walker{file: bytes.NewReader(tt.data), end: int64(len(tt.data))}
			for {
				p, err := w.next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				state := [...]string{"whole", "damaged", "torn"}[p.state]
				if p.state == whole {
					r, err := parseRecord(p.payload, maphash.MakeSeed())
					if err != nil {
						t.Fatal(err)
					}
					state += fmt.Sprint(" ", r.at)
				}
				got = append(got, state)
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got  %s\nwant %s", s, tt.want)
			}
		})
	}
}

// TestDump holds the bytes of records to testdata/record.
func TestDump(t *testing.T) {
	datadriven.RunTest(t, "testdata/record", func(t *testing.T, d *datadriven.TestData) string {
		var b storage.Batch
		for _, line := range strings.Split(d.Input, "\n") {
			addLine(t, &b, strings.Fields(line))
		}
		at, err := strconv.ParseInt(d.CmdArgs[0].Vals[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return dump(appendRecord(nil, preface{at: at, batches: 1, points: int64(b.Len())}, appendChanges(nil, &b)))
	})
}

// addLine adds a change of a script: a metric, the value of its tag host, a type,
// a life, then time=value or -time.
func addLine(t *testing.T, b *storage.Batch, f []string) {
	t.Helper()
	c := storage.Change{Key: points.Key{Metric: f[0], Tags: points.Tags{{Name: "host", Value: f[1]}}, Type: f[2]}}
	c.Points.Reset(c.Key.Kind())
	c.TTL, _ = time.ParseDuration(f[3])
	for _, word := range f[4:] {
		first, value, isPoint := strings.Cut(word, "=")
		at, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if !isPoint {
			c.Remove = append(c.Remove, -at)
			continue
		}
		long, notLong := strconv.ParseInt(value, 10, 64)
		switch {
		case c.Points.Kind == points.Text:
			c.Points.AppendText(at, value)
		case c.Points.Kind == points.Opaque:
			c.Points.Type = c.Key.Type
			c.Points.AppendBytes(at, []byte(value))
		case value == "null":
			c.Points.AppendNull(at)
		case notLong == nil:
			c.Points.AppendInt(at, long)
		default:
			v, _ := strconv.ParseFloat(value, 64)
			c.Points.AppendFloat(at, v)
		}
	}
	add(b, &c)
}

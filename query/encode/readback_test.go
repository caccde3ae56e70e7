package encode

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"aion/storage/points"
)

// read is a point as a reader of any format has it.
type read struct {
	at           int64
	metric, tags string
	value        string // as in KairosDB's JSON, without quotes; empty: missing
}

// randomBlock is a block of random points of a random sort.
func randomBlock(r *rand.Rand, at int64) *points.Block {
	texts := []string{"", "a,b", "\"", "x\ny", "ünï\x80", "half\xed\xa0\x80", "=1", " "}
	b := &points.Block{Kind: points.Kind(r.IntN(3)), Type: points.TypeComplex}
	next := doubleClasses(r)["decimals"]
	for range 1 + r.IntN(200) {
		at += 1 + r.Int64N(90_000)
		switch {
		case b.Kind == points.Text:
			b.AppendText(at, texts[r.IntN(len(texts))])
		case b.Kind == points.Opaque:
			b.AppendBytes(at, complexOf(next(), next()))
		default:
			appendNumber(r, b, at, next)
		}
	}
	return b
}

// appendNumber adds a random number or null.
func appendNumber(r *rand.Rand, b *points.Block, at int64, next func() float64) {
	switch r.IntN(8) {
	case 0:
		b.AppendNull(at)
	case 1:
		b.AppendInt(at, int64(r.Uint64()))
	case 2:
		b.AppendInt(at, r.Int64N(1000))
	case 3:
		b.AppendFloat(at, math.Inf(1))
	default:
		b.AppendFloat(at, next())
	}
}

// randomGroups are random results, and the points that a reader should find.
func randomGroups(r *rand.Rand) (groups []group, want []read) {
	for i := range 1 + r.IntN(6) {
		host := []string{"a", "b;c", `d"e`, "f,g"}[r.IntN(4)]
		g := group{name: "m" + strconv.Itoa(i%2), tags: map[string][]string{"host": {host}, "many": {"x", "y"}}}
		for range r.IntN(4) {
			g.blocks = append(g.blocks, randomBlock(r, r.Int64N(2e12)-2e11))
		}
		for _, b := range g.blocks {
			for i, at := range b.Times {
				one := b.Slice(i, i+1)
				value := string(AppendValues(nil, &one))
				value = value[strings.IndexByte(value, ',')+1 : len(value)-1]
				if b.Kind == points.Text {
					value = valid(b.Texts[i])
				}
				want = append(want, read{at, g.name, tagsOf(g.result()), strings.TrimPrefix(value, "null")})
			}
		}
		groups = append(groups, g)
	}
	return groups, want
}

// readCSV reads what CSV has written, with times in any zone.
func readCSV(t *testing.T, text []byte, wall bool) (all []read) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"time", "metric", "tags", "value"}; !slices.Equal(rows[0], want) {
		t.Fatalf("got the header %q, want %q", rows[0], want)
	}
	for _, row := range rows[1:] {
		all = append(all, read{instant(t, row[0], wall), row[1], row[2], row[3]})
	}
	return all
}

// instant is a time as milliseconds.
func instant(t *testing.T, text string, wall bool) int64 {
	t.Helper()
	if !wall {
		at, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixMilli()
}

// readLines reads what NDJSON has written.
func readLines(t *testing.T, text []byte) (all []read) {
	t.Helper()
	for line := range bytes.Lines(text) {
		var one struct {
			Time   int64
			Metric string
			Tags   map[string]string
			Value  json.RawMessage
		}
		if err := json.Unmarshal(line, &one); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		value := strings.TrimPrefix(string(one.Value), "null")
		if strings.HasPrefix(value, `"`) {
			if err := json.Unmarshal(one.Value, &value); err != nil {
				t.Fatal(err)
			}
		}
		tags := ""
		if host, ok := one.Tags["host"]; ok {
			tags = "host=" + tagEscapes.Replace(host)
		}
		all = append(all, read{one.Time, one.Metric, tags, value})
	}
	return all
}

// readArrow reads what Arrow has written.
func readArrow(t *testing.T, stream []byte) (all []read) {
	t.Helper()
	r, err := ipc.NewReader(bytes.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	for r.Next() {
		record := r.RecordBatch()
		times := record.Column(0).(*array.Timestamp)
		values := record.Column(3).(*array.Float64)
		texts := record.Column(4).(*array.String)
		for i := range int(record.NumRows()) {
			one := read{at: int64(times.Value(i)), metric: nameAt(record.Column(1), i), tags: nameAt(record.Column(2), i)}
			switch {
			case texts.IsValid(i):
				one.value = texts.Value(i)
			case values.IsValid(i):
				one.value = fmt.Sprint(values.Value(i))
			}
			all = append(all, one)
		}
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// nameAt is a name of a column of names.
func nameAt(c arrow.Array, i int) string {
	d := c.(*array.Dictionary)
	return d.Dictionary().(*array.String).Value(d.GetValueIndex(i))
}

// plainly is all with numbers as fmt prints them, and with changes applied to
// each value.
func plainly(all []read, change func(string) string) []read {
	all = slices.Clone(all)
	for i := range all {
		all[i].value = change(all[i].value)
	}
	return all
}

// TestReadBack: what is written in any format reads back as the points that
// KairosDB's JSON would have.
func TestReadBack(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 21))
	zone := Table{Zone: berlin(t)}
	for range 40 {
		groups, want := randomGroups(r)
		lines := plainly(want, func(v string) string { return strings.ReplaceAll(v, "\r\n", "\n") })
		same(t, "CSV", readCSV(t, encoded(t, &CSV{}, answers(groups)), false), lines)
		same(t, "CSV in Berlin", readCSV(t, encoded(t, &CSV{Table: zone}, answers(groups)), true), lines)
		same(t, "NDJSON", readLines(t, encoded(t, &NDJSON{}, answers(groups))), want)
		same(t, "Arrow", plainly(readArrow(t, encoded(t, &Arrow{}, answers(groups))), number), plainly(want, number))
	}
}

// number is a number as fmt prints it, and any other text as it is. Integers that
// doubles are not stay.
func number(text string) string {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && !exact(n) {
		return text
	}
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		return fmt.Sprint(v)
	}
	return text
}

// same compares what was read with what was written.
func same(t *testing.T, format string, got, want []read) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: got %d points, want %d", format, len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s: point %d: got %+v, want %+v", format, i, got[i], want[i])
		}
	}
}

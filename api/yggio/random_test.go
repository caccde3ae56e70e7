package yggio

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"aion/storage/points"
)

// observation is a point as the naive evaluator has it: a number, or a text.
type observation struct {
	at   int64
	v    float64
	text string
	word bool
}

// naiveRow is a row of a naive answer: the time and the columns, nil being null.
type naiveRow struct {
	at     int64
	values []any
}

// naive evaluates a request by the rules of the specification, over all points.
func naive(all []observation, a *parameters) (rows []naiveRow) {
	if a.distance != 0 && a.function == "timeWeightedMean" {
		return naiveWeighted(all, a)
	}
	var within []observation
	for _, o := range all {
		if (!a.begun || o.at >= a.start) && o.at < a.end {
			within = append(within, o)
		}
	}
	if a.distance == 0 {
		within = within[max(0, len(within)-int(a.limit)):]
		for _, o := range within {
			rows = append(rows, naiveRow{o.at, []any{o.value()}})
		}
		if a.descending {
			slices.Reverse(rows)
		}
		return rows
	}
	windows := map[int64][]observation{}
	var starts []int64
	for _, o := range within {
		if o.word && !keepsTexts(a.function) {
			continue
		}
		start := int64(math.Floor(float64(o.at)/float64(a.distance))) * a.distance
		if windows[start] == nil {
			starts = append(starts, start)
		}
		windows[start] = append(windows[start], o)
	}
	slices.Sort(starts)
	if a.function == "" {
		return naiveIntervals(starts, windows, a.distance)
	}
	for i, start := range starts {
		w := windows[start]
		if a.function == "difference" {
			if i > 0 {
				rows = append(rows, naiveRow{start, []any{w[0].v - windows[starts[i-1]][0].v}})
			}
			continue
		}
		rows = append(rows, naiveRow{start, []any{naiveValue(w, a.function)}})
	}
	return rows
}

// value is the value of a point.
func (o *observation) value() any {
	if o.word {
		return o.text
	}
	return o.v
}

// naiveValue is the value of a window.
func naiveValue(w []observation, function string) any {
	sum := 0.0
	for _, o := range w {
		sum += o.v
	}
	by := func(a, b observation) int { return cmp.Compare(a.v, b.v) }
	switch function {
	case "mean":
		return sum / float64(len(w))
	case "sum":
		return sum
	case "count":
		return float64(len(w))
	case "min":
		return slices.MinFunc(w, by).v
	case "max":
		return slices.MaxFunc(w, by).v
	case "first":
		return w[0].value()
	}
	return w[len(w)-1].value()
}

// naiveIntervals are the rows of interval mode.
func naiveIntervals(starts []int64, windows map[int64][]observation, width int64) (rows []naiveRow) {
	for i, start := range starts {
		w := windows[start]
		mean := naiveValue(w, "mean").(float64)
		squares := 0.0
		for _, o := range w {
			squares += (o.v - mean) * (o.v - mean)
		}
		deviation := 0.0
		if len(w) > 1 {
			deviation = math.Sqrt(squares / float64(len(w)-1))
		}
		if i > 0 {
			last, from := starts[i-1], rows[len(rows)-1].values[0].(float64)
			for at := last + width; at < start; at += width {
				v := from + (mean-from)*float64(at-last)/float64(start-last)
				rows = append(rows, naiveRow{at, []any{v, v, v, 0.0}})
			}
		}
		rows = append(rows, naiveRow{start, []any{mean, naiveValue(w, "min"), naiveValue(w, "max"), deviation}})
	}
	return rows
}

// naiveWeighted is the algorithm of section 5.1.
func naiveWeighted(all []observation, a *parameters) (rows []naiveRow) {
	obs := slices.DeleteFunc(slices.Clone(all), func(o observation) bool { return o.word })
	last := int64(math.MinInt64)
	for _, o := range obs {
		start := int64(math.Floor(float64(o.at)/float64(a.distance))) * a.distance
		if a.begun && o.at < a.start || o.at >= a.end || start == last {
			continue
		}
		last = start
		lo, hi := start, min(start+a.distance, a.end)
		if a.begun {
			lo = max(lo, a.start)
		}
		known, state, area, at := false, 0.0, 0.0, lo
		for _, p := range obs {
			if p.at <= lo {
				known, state = true, p.v
			}
		}
		if !known {
			rows = append(rows, naiveRow{start, []any{nil}})
			continue
		}
		for _, p := range obs {
			if p.at > lo && p.at < hi {
				area += state * float64(p.at-at)
				at, state = p.at, p.v
			}
		}
		rows = append(rows, naiveRow{start, []any{(area + state*float64(hi-at)) / float64(hi-lo)}})
	}
	return rows
}

// scatter stores random points in series of all types and of two sets of tags, no
// two at one instant.
func scatter(t *testing.T, y *tested, r *rand.Rand) (all []observation) {
	type series struct {
		kind string
		tags map[string]string
	}
	list := []series{{points.TypeLong, nil}, {points.TypeDouble, nil}, {points.TypeText, nil}, {points.TypeDouble, map[string]string{"room": "a"}}}
	list = list[:1+r.IntN(len(list))]
	if r.IntN(4) == 0 {
		list = list[len(list)-1:]
	}
	blocks := make([]points.Block, len(list))
	at := epoch - int64(r.IntN(3))*r.Int64N(40_000_000)
	step := int64(1) << r.IntN(24)
	for range r.IntN(300) {
		at += 1 + r.Int64N(step)
		i := r.IntN(len(list))
		o := observation{at: at, v: float64(r.IntN(20) - 10)}
		switch b := &blocks[i]; list[i].kind {
		case points.TypeLong:
			b.AppendInt(at, int64(o.v))
		case points.TypeDouble:
			o.v /= 4
			b.AppendFloat(at, o.v)
		default:
			o = observation{at: at, text: fmt.Sprint("w", r.IntN(5)), word: true}
			b.Kind = points.Text
			b.AppendText(at, o.text)
		}
		all = append(all, o)
	}
	for i, s := range list {
		if blocks[i].Len() > 0 {
			y.put(t, "m", s.tags, s.kind, blocks[i])
		}
	}
	return all
}

// TestRandom asks random questions of random points and compares the answers with
// those of the naive evaluator.
func TestRandom(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 11))
			y := newTested(t, false)
			all := scatter(t, y, r)
			span := int64(1)
			if len(all) > 1 {
				span = all[len(all)-1].at - all[0].at
			}
			for range 30 {
				y.compare(t, r, all, span)
			}
		})
	}
}

// compare asks one random question.
func (y *tested) compare(t *testing.T, r *rand.Rand, all []observation, span int64) {
	t.Helper()
	a := parameters{start: -farthest, end: y.now, limit: mostRaw}
	text := "measurement=m"
	moment := func() int64 {
		if len(all) > 0 && r.IntN(2) == 0 {
			return all[r.IntN(len(all))].at + r.Int64N(3) - 1
		}
		return epoch + r.Int64N(2*span) - span/2
	}
	if r.IntN(2) == 0 {
		a.begun, a.start = true, moment()
		text += fmt.Sprint("&start=", a.start)
	}
	if r.IntN(2) == 0 {
		a.ended, a.end = true, max(moment(), a.start)
		text += "&end=" + time.UnixMilli(a.end).UTC().Format("2006-01-02T15:04:05.000Z")
	}
	if r.IntN(5) > 0 {
		a.distance = 1 + r.Int64N(max(1, span/(1+r.Int64N(40))))
		text += fmt.Sprintf("&distance=%d.%03d", a.distance/1000, a.distance%1000)
		if i := r.IntN(len(functions) + 1); i > 0 {
			a.function = functions[i-1]
			text += "&valueFunction=" + a.function
		}
	} else if r.IntN(2) == 0 {
		a.limit = 1 + r.Int64N(20)
		text += fmt.Sprint("&limit=", a.limit)
	}
	if a.distance == 0 && r.IntN(2) == 0 {
		a.descending = true
		text += "&order=desc"
	}
	same(t, text, y.stats(t, text), naive(all, &a), a.columns())
}

// same compares an answer with naive rows.
func same(t *testing.T, about, body string, want []naiveRow, columns []string) {
	t.Helper()
	var got []map[string]any
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%s: got %d rows, want %d\n%.2000s", about, len(got), len(want), body)
	}
	for i, row := range want {
		at := time.UnixMilli(row.at).UTC().Format("2006-01-02T15:04:05.000Z")
		good := got[i]["time"] == at && len(got[i]) == len(columns)+1
		for k, name := range columns {
			good = good && close(got[i][name], row.values[k])
		}
		if !good {
			t.Fatalf("%s: row %d: got %v, want %s %v", about, i, got[i], at, row.values)
		}
	}
}

// close tells whether a value is the one that is wanted, but for rounding.
func close(got, want any) bool {
	x, isNumber := got.(float64)
	y, wantsNumber := want.(float64)
	if isNumber && wantsNumber {
		return math.Abs(x-y) <= 1e-9*math.Max(1, math.Abs(y))
	}
	return got == want
}

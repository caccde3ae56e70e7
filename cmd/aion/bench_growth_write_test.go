package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"aion/storage/points"
)

// newRandom is a source of numbers that are the same each time.
func newRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, seed)) }

// rows: a row of an answer costs little, its JSON included. What the first answer of
// a server costs more is no matter of rows.
func (g *growth) rows(b *testing.B) {
	many := queried(metricQuery(benchStart, endOfB, aggregate("avg", 10, "seconds")))
	few := queried(metricQuery(benchStart, endOfB, aggregate("avg", 100, "seconds")))
	const each = 5
	cost := func(q question) time.Duration {
		before := g.long.processor(b)
		for range each {
			g.long.ask(b, q)
		}
		return (g.long.processor(b) - before) / each
	}
	g.long.ask(b, many)
	g.long.ask(b, few)
	for range proofRounds {
		more := cost(many) - cost(few)
		once(b, "row-of-an-answer/aion", "ns-a-row", float64(more.Nanoseconds())/900_000, wanted{value: 60})
	}
}

// groups: what a query holds grows with its groups, and is charged.
func (g *growth) groups(b *testing.B) {
	s := start(b, "--storage=memory", "--log.level=info")
	for device := range 1000 {
		s.ask(b, "POST", "/api/v1/datapoints", fmt.Sprintf(`{"name": "bench", "tags": {"device": "d%04d"}, "datapoints": [[%d, 1]]}`, device, benchStart))
	}
	held := func(pattern string, groups float64) float64 {
		before := len(heldBytes.FindAllString(s.log.text(), -1))
		s.ask(b, "POST", "/api/v1/datapoints/query", metricQuery(benchStart, endOfA, `"tags": {"device": ["regex:`+pattern+`"]}`, byDevice, aggregate("avg", 1, "hours")))
		return lastHeld(b, s, before) / groups
	}
	once(b, "memory-of-1000-to-100-groups/aion", "B-a-group", held("d.*", 1000), wanted{limit: 1.2})
	once(b, "memory-of-1000-to-100-groups/limit", "B-a-group", held("d00.*", 100), wanted{})
}

// heldBytes finds what a query was charged in its record.
var heldBytes = regexp.MustCompile(`held_bytes=(\d+)`)

// lastHeld is what the last query was charged for memory, before which there were so
// many records, once its own is written, which may come behind the answer.
func lastHeld(b *testing.B, s *server, before int) float64 {
	var found [][]string
	becomes(b, "the log tells what the query held", func() bool {
		found = heldBytes.FindAllStringSubmatch(s.log.text(), -1)
		return len(found) > before
	})
	n, _ := strconv.ParseFloat(found[len(found)-1][1], 64)
	return n
}

// output: a longer answer takes no more memory and begins as soon.
func (g *growth) output(b *testing.B) {
	ten := rawB.aion
	ten.body = strings.Replace(ten.body, "}]}]}", "}]}"+strings.Repeat(`, {"name": "bench", `+byDevice+"}", 9)+"]}", 1)
	for _, n := range []struct {
		who string
		q   question
		w   wanted
	}{{"limit", rawB.aion, wanted{}}, {"aion", ten, wanted{limit: 1.1}}} {
		g.long.restarted(b, true)
		most := g.long.mostResident(b, func() { g.long.ask(b, n.q) })
		once(b, "memory-of-100M-to-10M-out/"+n.who, "MB", mebibytes(most), n.w)
	}
	short := rawOf(benchStart + 100_000*1000)
	firstOf := func(steps int64) func(b *testing.B) {
		return func(b *testing.B) {
			var total time.Duration
			n := 0
			for b.Loop() {
				g.long.ask(b, short) // both follow the same: a long answer leaves caches of the processors that know nothing of a request
				_, first := g.long.ask(b, rawOf(benchStart+steps*1000))
				total += first
				n++
			}
			b.ReportMetric(float64(total.Nanoseconds())/float64(n), "figure/ns")
		}
	}
	first := law{"first-byte-of-10M-to-100k", 1.3, firstOf(10_000_000), firstOf(100_000)}
	first.measure(b)
}

// writes: a point costs the server as much where many series are active, and at
// most twice where it is late.
func (g *growth) writes(b *testing.B) {
	cost := func(r *rival, points float64, write func()) float64 {
		r.awaitQuiet(b)
		before := r.processor(b)
		write()
		r.awaitQuiet(b)
		return float64((r.processor(b) - before).Nanoseconds()) / points
	}
	g.many.loadPoints(b, "many", millionSeries, 1, 1) // makes the series active
	once(b, "write-to-1M-to-1000-series/aion", "ns-a-point", cost(g.many, 2e6, func() { g.many.loadPoints(b, "many", millionSeries, 2, 2) }), wanted{limit: 1.5})
	once(b, "write-to-1M-to-1000-series/limit", "ns-a-point", cost(g.few, 2e6, func() { g.few.loadPoints(b, "many", 1000, 2, 2000) }), wanted{})

	const series, steps = 200, 5000
	once(b, "late-to-ordered-points/limit", "ns-a-point", cost(g.few, series*steps, func() { g.few.loadSteps(b, "late", series, 0, steps) }), wanted{})
	late := func() {
		for from := steps - 50; from >= 0; from -= 50 { // half a minute off, the latest first
			g.few.loadShifted(b, "late", series, from, 50, 30_000)
		}
	}
	once(b, "late-to-ordered-points/aion", "ns-a-point", cost(g.few, series*steps, late), wanted{limit: 2})
	g.few.loadSteps(b, "ordered", series, 0, 2*steps)
	g.lateReads(b, series, 2*steps)
}

// lateReads: what came late is read as fast as the rest once it is settled. How
// much slower everything is read before is shown, too.
func (g *growth) lateReads(b *testing.B, series, steps int) {
	all := func(metric string) func(b *testing.B) {
		query := metricQuery(benchStart, benchStart+int64(steps)*60_000, byDevice, aggregate("avg", 1, "days"))
		return asked(g.few, float64(series*steps), "ns-a-point", queried(strings.Replace(query, `"bench"`, strconv.Quote(metric), 1)))
	}
	b.Run("reading-fresh-to-settled/aion", all("ordered"))
	g.few.restarted(b, true)
	b.Run("reading-fresh-to-settled/limit", all("ordered"))
	read := law{"reading-late-to-ordered", 1.2, all("late"), all("ordered")}
	read.measure(b)
}

// loadSteps writes that many steps of all series, five thousand points in a
// request.
func (r *rival) loadSteps(b *testing.B, metric string, series, from, steps int) {
	perRequest := max(5000/series, 1)
	r.load(b, func(post func([]byte)) {
		for step := from; step < from+steps; step += perRequest {
			for first := 0; first < series; first += 5000 {
				post(stepsBody(metric, first, min(first+5000, series), step, min(perRequest, from+steps-step), 0))
			}
		}
	})
}

// loadPoints is loadSteps with an object for each point, step by step, so that a
// request is as many objects however many series there are.
func (r *rival) loadPoints(b *testing.B, metric string, series, from, steps int) {
	perRequest := max(5000/series, 1)
	r.load(b, func(post func([]byte)) {
		for step := from; step < from+steps; step += perRequest {
			for first := 0; first < series; first += 5000 {
				body := []byte{'['}
				for at := step; at < min(step+perRequest, from+steps); at++ {
					body = append(body, stepsBody(metric, first, min(first+5000, series), at, 1, 0)[1:]...)
				}
				post(body)
			}
		}
	})
}

// loadShifted writes some steps of all series in one request, each point off its
// time by that many milliseconds.
func (r *rival) loadShifted(b *testing.B, metric string, series, from, steps int, off int64) {
	r.post(b, bytes.NewReader(bracketed(stepsBody(metric, 0, series, from, steps, off))))
}

// bracketed puts brackets where a body has room for them.
func bracketed(body []byte) []byte {
	body[0], body[len(body)-1] = '[', ']'
	return body
}

// stepsBody is a write of some steps, a minute each, of the series from first to
// end.
func stepsBody(metric string, first, end, from, steps int, off int64) []byte {
	body := []byte{'['}
	for i := first; i < end; i++ {
		var block points.Block
		block.Reset(points.Number)
		for step := from; step < from+steps; step++ {
			block.AppendFloat(benchStart+int64(step)*60_000+off, float64((i+step)%1000)/10)
		}
		body = appendColumns(body, metric, fmt.Sprintf(`{"device":"d%06d","floor":"f%03d","site":"s%02d"}`, i, i%1000, i%100), &block)
	}
	return body
}

// deletes: a delete costs by what it touches, not by what is stored beside that.
func (g *growth) deletes(b *testing.B) {
	series := func(r *rival, n *int) func(b *testing.B) {
		return func(b *testing.B) {
			for b.Loop() {
				r.ask(b, removal("many", benchStart, endOfB, fmt.Sprintf(`, "tags": {"device": ["d%06d"]}`, *n)))
				*n = (*n + 1) % 1000
			}
		}
	}
	var inMany, inFew int
	one := law{"delete-1-series-of-1M-to-1000", 1.3, series(g.many, &inMany), series(g.few, &inFew)}
	one.measure(b)
	minute := func(metric string, n *int64) func(b *testing.B) {
		return func(b *testing.B) {
			for b.Loop() {
				at := endOfHistory - hour - *n%1000*60_000
				g.long.ask(b, removal(metric, at, at+59_999, ""))
				*n++
			}
		}
	}
	var inDecade, inDay int64
	part := law{"delete-1-minute-of-10-years-to-1-day", 1.3, minute("decade", &inDecade), minute("day", &inDay)}
	part.measure(b)
}

// removal deletes the points of some series in a range.
func removal(metric string, from, to int64, tags string) question {
	return question{"/api/v1/datapoints/delete", fmt.Sprintf(`{"start_absolute": %d, "end_absolute": %d, "metrics": [{"name": %q%s}]}`, from, to, metric, tags)}
}

// restarts: a start costs by what the log's tail holds, not by what is stored.
func (g *growth) restarts(b *testing.B) {
	again := func(r *rival) func() float64 {
		return func() float64 { return r.restarted(b, true).Seconds() * 1000 }
	}
	small := newSeeded(b, seedDashboard)
	for range proofRounds {
		once(b, "restart-with-15M-to-10k-points/aion", "ms", again(g.long)(), wanted{limit: 1.3})
		once(b, "restart-with-15M-to-10k-points/limit", "ms", again(small)(), wanted{})
	}
	once(b, "restart-with-1M-to-1-series/aion", "ms", again(g.many)(), wanted{value: 1000})
	once(b, "restart-with-1M-to-1-series/limit", "ms", again(small)(), wanted{})
	small.loadB(b, "tail", 1_000_000, 1000)
	after := small.restarted(b, false).Seconds() * 1000
	once(b, "restart-after-kill-1M-points-in-log/aion", "ms", after-again(small)(), wanted{value: 100})
}

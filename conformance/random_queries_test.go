package conformance

import (
	"math"
	"math/rand/v2"
	"strconv"
	"time"
)

// generator makes random series and queries that the naive evaluator can
// answer.
type generator struct {
	*rand.Rand
	start, end int64
	step       naiveSpan // about a twentieth of the time range
	numbers    bool      // no texts
	points     int       // about twice as many as a series has
	exact      bool      // doubles whose sums are exact in every order
}

// newGenerator chooses the time range of one query.
func newGenerator(seed uint64) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), points: 40}
	scales := []naiveSpan{
		{1, "milliseconds"}, {100, "milliseconds"}, {2, "seconds"}, {1, "minutes"}, {7, "minutes"}, {1, "hours"},
		{5, "hours"}, {1, "days"}, {3, "days"}, {1, "weeks"}, {1, "months"}, {5, "months"}, {1, "years"},
	}
	g.step = scales[g.IntN(len(scales))]
	length := 20 * g.step.Value * map[string]int64{"months": 2_600_000_000, "years": 31_000_000_000}[g.step.Unit]
	if length == 0 {
		length = 20 * g.step.Value * naiveMillis(g.step.Unit)
	}
	first := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	g.start = first + g.Int64N(5*365*86_400_000)
	if g.IntN(2) == 0 {
		g.start -= g.start % 3_600_000
	}
	g.end = g.start + length
	g.numbers = g.IntN(4) > 0
	return g
}

// one is one of the choices.
func one[T any](g *generator, choices ...T) T { return choices[g.IntN(len(choices))] }

// series makes up to six series with distinct tags and types.
func (g *generator) series() []naiveSeries {
	var list []naiveSeries
	seen := map[string]bool{}
	for range g.IntN(7) {
		s := naiveSeries{Type: one(g, "long", "double", "double"), Tags: map[string]string{"host": one(g, "a", "b", "ab")}}
		if g.IntN(2) == 0 {
			s.Tags["dc"] = one(g, "x", "y")
		}
		if !g.numbers && g.IntN(3) == 0 {
			s.Type = "string"
		}
		key := s.Type + s.Tags["host"] + "/" + s.Tags["dc"]
		if seen[key] {
			continue
		}
		seen[key] = true
		g.fill(&s, int64(len(list)))
		list = append(list, s)
	}
	return list
}

// fill gives a series its points, some of them beyond the query's range. Texts
// of different series never meet at one time, where their order is free.
func (g *generator) fill(s *naiveSeries, number int64) {
	margin := (g.end - g.start) / 10
	grid := one[int64](g, 1, max((g.end-g.start)/50, 1))
	at := map[int64]bool{}
	for range g.IntN(g.points) {
		p := naivePoint{at: g.start - margin + g.Int64N(g.end-g.start+2*margin)}
		p.at -= p.at % grid
		if s.Type == "string" {
			p.at = p.at - p.at%7 + number
		}
		if at[p.at] {
			continue
		}
		at[p.at] = true
		g.value(s.Type, &p)
		s.Points = append(s.Points, p)
	}
}

// value gives a point a value of a type.
func (g *generator) value(kind string, p *naivePoint) {
	switch kind {
	case "long":
		p.i, p.long = g.Int64N(200)-100, true
		p.f = float64(p.i)
	case "string":
		text := one(g, "alfa", "beta", "gamma", "Delta", "")
		if text == "" {
			text = strconv.Itoa(g.IntN(100))
		}
		p.text = &text
	default:
		if g.exact {
			p.f = float64(g.IntN(4000)-2000) / 4
			return
		}
		p.f = one(g, g.NormFloat64()*100, math.Round(g.NormFloat64()*1000)/100, float64(g.IntN(50)), math.Copysign(0, -1), g.NormFloat64()*1e15)
	}
}

// query makes a query for a metric.
func (g *generator) query(metric string) *naiveQuery {
	m := naiveMetric{Name: metric, Order: one(g, "", "asc", "asc", "desc"), Limit: one(g, 0, 0, 0, 1, 5, 20)}
	if g.IntN(4) == 0 {
		m.Tags = map[string][]string{"host": one(g, []string{"a"}, []string{"a", "b"}, []string{"nope", "ab"})}
	}
	for range one(g, 0, 0, 1, 1, 2) {
		m.GroupBy = append(m.GroupBy, g.grouper())
	}
	q := &naiveQuery{Start: g.start, End: g.end}
	q.Zone = one(g, "", "UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Kathmandu")
	for range one(g, 0, 1, 1, 1, 2, 3) {
		m.Aggregators = append(m.Aggregators, g.aggregator(q.Zone))
	}
	q.Metrics = []naiveMetric{m}
	return q
}

// grouper makes a grouper.
func (g *generator) grouper() naiveGrouper {
	switch g.IntN(4) {
	case 0:
		return naiveGrouper{Name: "tag", Tags: one(g, []string{"host"}, []string{"dc"}, []string{"host", "dc"}, []string{"nope"})}
	case 1:
		return naiveGrouper{Name: "value", Size: one(g, 1, 7, 10, 1000)}
	case 2:
		return naiveGrouper{Name: "bin", Bins: one(g, []float64{0}, []float64{-10, 0.5, 20}, []float64{5, 15})}
	}
	return naiveGrouper{Name: "time", Size: g.step, Count: one[int64](g, 1, 2, 3, 100)}
}

// aggregator makes an aggregator with properties that are valid.
func (g *generator) aggregator(zone string) naiveAggregator {
	a := naiveAggregator{Name: one(g, "avg", "count", "dev", "diff", "div", "filter", "first", "gaps", "last",
		"least_squares", "max", "min", "percentile", "rate", "sampler", "scale", "score", "sma", "sum", "sum", "trim")}
	switch a.Name {
	case "diff":
	case "div":
		a.Divisor = one(g, 3, -0.5, 1000)
	case "scale":
		a.Factor = one(g, 2.5, -1, 0.1)
	case "sma":
		a.Size = one(g, 1, 2, 5)
	case "trim":
		a.Trim = one(g, "first", "last", "both")
	case "filter":
		a.Op = one(g, "lt", "lte", "gt", "gte", "equal", "ne")
		a.Threshold = one[any](g, 5.0, -20.5, 10.0, "beta")
	case "score":
		a.Thresholds = []naiveThreshold{{20, one(g, "", "superior", "inferior")}, {-5, one(g, "superior", "inferior")}, {1.5, ""}}
		a.Order = one(g, "", "ascending", "descending")
	case "rate", "sampler":
		a.Unit = one(g, "milliseconds", "seconds", "hours", "days", "weeks", "months", "years")
	default:
		g.ranges(&a, zone)
	}
	return a
}

// ranges gives a range aggregator its ranges.
func (g *generator) ranges(a *naiveAggregator, zone string) {
	a.Percentile = map[bool]float64{true: one(g, 0.05, 0.1, 0.5, 0.75, 0.9, 1)}[a.Name == "percentile"]
	if a.Name == "dev" {
		a.Return, a.DevCount = one(g, "", "value", "pos_sd", "neg_sd"), one(g, 0, 1, 3)
	}
	if a.Name == "gaps" && g.IntN(2) == 0 {
		a.Trim = true
	}
	size := g.step
	size.Value *= one[int64](g, 1, 1, 2, 3)
	a.Sampling = &size
	a.AlignStart, a.AlignEnd = g.IntN(3) == 0, g.IntN(3) == 0
	if g.IntN(5) == 0 {
		a.Zone = one(g, "UTC", "Europe/Paris", "America/New_York")
		zone = a.Zone
	}
	if g.IntN(8) == 0 {
		from := g.start + g.Int64N(g.end-g.start)
		a.StartTime = &from
	}
	if no := false; g.IntN(3) == 0 && g.plain(a, zone) {
		a.AlignSampling = &no
	}
}

// plain tells whether unaligned ranges of an aggregator begin at a time of day
// and of the month where the calendar has no surprises.
func (g *generator) plain(a *naiveAggregator, zone string) bool {
	origin := g.start
	if a.StartTime != nil {
		origin = *a.StartTime
	}
	z, err := zoneOf(zone)
	l := z.local(origin)
	return err == nil && l.Hour() >= 4 && l.Day() <= 27
}

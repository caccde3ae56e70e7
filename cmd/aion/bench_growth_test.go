package main

import (
	"fmt"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// BenchmarkGrowth measures how cost grows: each law is a pair, the work with more
// of something and the same with less, in rounds that alternate, and how many
// times the one may cost the other. .ci/bench-proof.awk makes the table.
func BenchmarkGrowth(b *testing.B) {
	b.Cleanup(benchClient.CloseIdleConnections)
	g := &growth{
		wide: newSeeded(b, seedA), long: newSeeded(b, seedB, seedHistories),
		many: newSeeded(b, seedSeries(millionSeries), seedDashboard), few: newSeeded(b, seedSeries(1000), seedDashboard),
	}
	for _, laws := range [][]law{g.points(), g.series(), g.time(), g.merges(), g.clients()} {
		for _, l := range laws {
			l.measure(b)
		}
	}
	g.rows(b)
	g.groups(b)
	g.output(b)
	g.writes(b)
	g.deletes(b)
	g.restarts(b)
}

// growth is the servers: with a thousand series, with a long one and ten years
// beside it, and with a dashboard's series beside a million others or few.
type growth struct{ wide, long, many, few *rival }

// law is a pair of works and how many times the cost of less more may cost.
type law struct {
	name       string
	most       float64
	more, less func(b *testing.B)
}

// measure measures both in rounds.
func (l *law) measure(b *testing.B) {
	inRounds(b, proofRounds, []contender{
		{l.name + "/aion", func(b *testing.B) {
			l.more(b)
			wanted{limit: l.most}.report(b)
		}},
		{l.name + "/limit", l.less},
	})
}

// asked is one question again and again. Its figure is the processors' time, per
// so many of something.
func asked(r *rival, per float64, unit string, q question) func(b *testing.B) {
	return func(b *testing.B) {
		r.ask(b, q) // what is asked for the first time costs more
		n, used := 0, r.processor(b)
		for b.Loop() {
			r.ask(b, q)
			n++
		}
		b.ReportMetric(float64((r.processor(b)-used).Nanoseconds())/float64(n)/per, "figure/"+unit)
	}
}

// points: the cost of a point does not depend on how many there are, and only a
// little on how many series they lie in.
func (g *growth) points() []law {
	upTo := func(n int) question {
		return queried(metricQuery(benchStart, benchStart+int64(n)*1000, aggregate("avg", 10, "minutes")))
	}
	return []law{
		{"points-10M-to-1M", 1.12, asked(g.long, 10e6, "ns-a-point", upTo(10_000_000)), asked(g.long, 1e6, "ns-a-point", upTo(1_000_000))},
		{
			"series-1000-to-1-same-points", 1.3, asked(g.wide, 10e6, "ns-a-point", avgByDevice.aion),
			asked(g.long, 10e6, "ns-a-point", queried(metricQuery(benchStart, endOfB, aggregate("avg", 6, "minutes")))),
		},
	}
}

// series: those that do not match cost nothing.
func (g *growth) series() []law {
	find := question{"/api/v1/datapoints/query/tags", fmt.Sprintf(`{"start_absolute": %d, "metrics": [{"name": "many", "tags": {"device": ["d000123"]}}]}`, benchStart)}
	one := queried(metricQuery(benchStart, endOfA, aggregate("avg", 5, "minutes")))
	return []law{
		{"lookup-in-1M-to-1000-series", 1.3, asked(g.many, 1, "ns", find), asked(g.few, 1, "ns", find)},
		{"dashboard-beside-1M-to-1000", 1.3, asked(g.many, 1, "ns", one), asked(g.few, 1, "ns", one)},
	}
}

// time: what lies outside of a query's range costs nothing.
func (g *growth) time() []law {
	lastHour := func(metric string) question {
		return queried(fmt.Sprintf(`{"start_absolute": %d, "end_absolute": %d, "metrics": [{"name": %q, %s}]}`,
			endOfHistory-hour, endOfHistory, metric, aggregate("avg", 5, "minutes")))
	}
	return []law{{"last-hour-of-10-years-to-1-day", 1.1, asked(g.long, 1, "ns", lastHour("decade")), asked(g.long, 1, "ns", lastHour("day"))}}
}

// merges: groups of many series cost no more a point where their order does not
// matter, and by the logarithm where it does.
func (g *growth) merges() []law {
	sites := func(aggregator string, n int) question {
		list := `"s00"`
		for i := 1; i < n; i++ {
			list += fmt.Sprintf(`,"s%02d"`, i)
		}
		return queried(metricQuery(benchStart, endOfA, `"tags": {"site": [`+list+`]}`, aggregate(aggregator, 1, "hours")))
	}
	const ofSite = devicesOfA / 20 * pointsOfA
	few := queried(metricQuery(benchStart, endOfA, `"tags": {"device": ["d0001","d0002","d0003","d0004"]}`, aggregate("dev", 1, "hours")))
	return []law{
		{"avg-of-1000-to-50-series", 1.3, asked(g.wide, 20*ofSite, "ns-a-point", sites("avg", 20)), asked(g.wide, ofSite, "ns-a-point", sites("avg", 1))},
		{"dev-of-50-to-4-series", 2.82, asked(g.wide, ofSite, "ns-a-point", sites("dev", 1)), asked(g.wide, 4*pointsOfA, "ns-a-point", few)},
	}
}

// clients: more of them get as much done together, the slowest answers stay near
// the middle ones, and a long answer beside them holds nobody up for long.
func (g *growth) clients() []law {
	ask := func(b *testing.B) func(i int) {
		return func(i int) { g.wide.ask(b, dashboard(i*37%devicesOfA).aion) }
	}
	crowd := func(clients int, figure func(b *testing.B, took []time.Duration)) func(b *testing.B) {
		return func(b *testing.B) {
			took := benchClients(b, g.wide, clients, ask(b))
			if figure != nil {
				figure(b, took)
			}
		}
	}
	at := func(share int) func(b *testing.B, took []time.Duration) {
		return func(b *testing.B, took []time.Duration) {
			b.ReportMetric(float64(took[len(took)*share/100].Nanoseconds()), "figure/ns")
		}
	}
	return []law{
		{"32-to-8-clients", 1.05, crowd(32, nil), crowd(8, nil)},
		{"32-clients-p99-to-p50", 8, crowd(32, at(99)), crowd(32, at(50))},
		{"p99-beside-an-export-to-alone", 3, beside(g.wide, rawA.aion, crowd(1, at(99))), crowd(1, at(99))},
		{"p99-beside-averages-to-alone", 3, beside(g.wide, avgByDevice.aion, crowd(1, at(99))), crowd(1, at(99))},
	}
}

// beside runs a benchmark while somebody asks a long question again and again.
func beside(r *rival, long question, run func(b *testing.B)) func(b *testing.B) {
	return func(b *testing.B) {
		enough, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			for {
				select {
				case <-enough:
					return
				default:
					r.ask(b, long)
				}
			}
		}()
		run(b)
		close(enough)
		<-ended
	}
}

// newSeeded starts Aion on a folder that was filled and settled.
func newSeeded(b *testing.B, seeds ...func(b *testing.B, s storage.Store)) *rival {
	return newAion(b, seeded(b, func(b *testing.B, s storage.Store) {
		for _, seed := range seeds {
			seed(b, s)
		}
	}))
}

// endOfHistory is the time behind the last point of the metrics decade and day.
const endOfHistory = benchStart + 24*hour

// seedHistories writes ten years of the metric decade and a day of day, a point
// each minute.
func seedHistories(b *testing.B, store storage.Store) {
	const minute, perDay = 60_000, 24 * 60
	for metric, days := range map[string]int{"decade": 3650, "day": 1} {
		for day := days; day > 0; day-- {
			var batch storage.Batch
			var block points.Block
			block.Reset(points.Number)
			for i := range perDay {
				block.AppendFloat(endOfHistory-int64(day)*24*hour+int64(i)*minute, float64(20+i%7))
			}
			batch.Put(points.Key{Metric: metric, Type: points.TypeDouble, Tags: points.Tags{{Name: "device", Value: "d0"}}}, block, 0)
			put(b, store, &batch)
		}
	}
}

// seedSeries writes a point of each of so many series of the metric many.
func seedSeries(n int) func(b *testing.B, store storage.Store) {
	return func(b *testing.B, store storage.Store) {
		var batch storage.Batch
		for i := range n {
			var block points.Block
			block.Reset(points.Number)
			block.AppendFloat(benchStart, 20)
			batch.Put(points.Key{Metric: "many", Type: points.TypeDouble, Tags: points.Tags{
				{Name: "device", Value: fmt.Sprintf("d%06d", i)}, {Name: "floor", Value: fmt.Sprintf("f%03d", i%1000)}, {Name: "site", Value: fmt.Sprintf("s%02d", i%100)}}}, block, 0)
			if batch.Len() == 5000 {
				put(b, store, &batch)
			}
		}
		put(b, store, &batch)
	}
}

// seedDashboard writes one series as long as those of workload A.
func seedDashboard(b *testing.B, store storage.Store) {
	random, value := newRandom(3), 0.0
	var batch storage.Batch
	batch.Put(points.Key{Metric: "bench", Type: points.TypeDouble, Tags: points.Tags{{Name: "device", Value: "d0"}}}, walk(random, &value, 0, pointsOfA, 10_000), 0)
	put(b, store, &batch)
}

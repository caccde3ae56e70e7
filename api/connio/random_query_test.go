package connio

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// TestRandomQueries asks random query objects and compares the answers with those
// of a naive evaluator, points in memory held and read again: of numbers, and of an
// enumeration that has texts among them.
func TestRandomQueries(t *testing.T) {
	for _, memory := range []int64{0, 4000} {
		for _, property := range []string{"temperature", "state"} {
			t.Run(fmt.Sprintf("%s/memory=%d", property, memory), func(t *testing.T) { askRandomly(t, property, memory) })
		}
	}
}

// askRandomly asks random query objects of a property.
func askRandomly(t *testing.T, property string, memory int64) {
	e := openEstate(t, false)
	e.p.Limits.MaxMemory = memory
	r := rand.New(rand.NewPCG(1, 2))
	texts := property == "state"
	all := randomPoints(e, r, property, texts)
	for i := range 400 {
		q, body := randomQuery(r, texts)
		size, groups := q.answer(slices.Clone(all))
		status, text := e.ask("device", "POST", "/data/devices/sensor1/properties/"+property+"/query", body)
		if memory > 0 && status == 413 && q.desc && q.limit > 0 {
			continue // more than may be held, in the other order
		}
		if problem := unlike(text, size, groups); status != 200 || problem != "" {
			t.Fatalf("query %d: %s\n%d %s\n%s", i, body, status, text, problem)
		}
	}
}

// randomDays are days that points are of from then on: in some of these weeks the
// clocks of the zones are changed, also at midnight, and a month is short.
func randomDays() []time.Time {
	return []time.Time{
		time.Date(2016, 10, 8, 3, 4, 5, 0, time.UTC), time.Date(2017, 1, 2, 3, 4, 5, 0, time.UTC), time.Date(2017, 2, 20, 3, 4, 5, 0, time.UTC),
	}
}

// randomPoints stores points of these days under all system tags, and without; with
// texts some of the numbers as such.
func randomPoints(e *estate, r *rand.Rand, metric string, texts bool) []naivePoint {
	var all []naivePoint
	var b storage.Batch
	at := int64(0)
	for i := range 600 {
		if i%200 == 0 {
			at = randomDays()[i/200].UnixMilli()
		}
		at += 1 + r.Int64N(12*36e5)
		p := naivePoint{at: at, v: float64(r.IntN(40)) - 10, protocol: "internal", source: "external_client"}
		tags := map[string]string{"device": "_dev_100000000000000001"}
		if r.IntN(4) > 0 {
			p.protocol, p.source = []string{"rest", "mqtt", "imsg"}[r.IntN(3)], []string{"object", "external_client"}[r.IntN(2)]
			tags["protocol"], tags["source"], tags["profile"] = p.protocol, p.source, "mysensor"
		}
		key := points.Key{Metric: metric, Tags: points.TagsOf(tags), Type: points.TypeLong}
		var block points.Block
		block.Reset(points.Number)
		if texts && r.IntN(2) == 0 {
			key.Type = points.TypeText
			block.Reset(points.Text)
			block.AppendText(at, fmt.Sprint(p.v))
		} else if r.IntN(2) == 0 {
			p.v += 0.25
			key.Type = points.TypeDouble
			block.AppendFloat(at, p.v)
		} else {
			block.AppendInt(at, int64(p.v))
		}
		b.Put(key, block, 0)
		all = append(all, p)
	}
	e.must(e.store.Write(e.t.Context(), &b))
	return all
}

// object is an object of JSON on its way.
type jsonObject map[string]any

// randomQuery is a query and the object that asks it; with texts one that is not for
// numbers alone.
func randomQuery(r *rand.Rand, texts bool) (*naiveQuery, string) {
	q := &naiveQuery{zone: time.UTC, filter: map[string][]string{}, now: time.Date(2017, 5, 2, 0, 0, 0, 0, time.UTC).UnixMilli()}
	body := jsonObject{}
	// No zone changes its clock at the time of day at which the query begins.
	day := randomDays()[r.IntN(3)].AddDate(0, 0, -1).Truncate(24 * time.Hour)
	q.from = day.AddDate(0, 0, r.IntN(10)).Add(time.Duration(9*60+r.IntN(13*60)) * time.Minute).UnixMilli()
	q.to = q.from + 1 + r.Int64N(45*864e5)
	body["startAbsolute"] = time.UnixMilli(q.from).UTC().Format(time.RFC3339Nano)
	body["endAbsolute"] = q.to
	if r.IntN(2) == 0 {
		name := []string{"America/New_York", "Europe/Berlin", "America/Sao_Paulo"}[r.IntN(3)]
		q.zone, _ = time.LoadLocation(name)
		body["timeZone"] = name
	}
	if r.IntN(3) == 0 {
		q.filter["source"] = []string{"object", "external_client"}[r.IntN(2):][:1]
	}
	if r.IntN(3) == 0 {
		q.filter["protocol"] = []string{"rest", "internal", "imsg", "mqtt"}[r.IntN(3):]
	}
	if len(q.filter) > 0 {
		body[[]string{"tags", "attributes"}[r.IntN(2)]] = q.filter
	}
	if r.IntN(2) == 0 {
		q.limit = 1 + r.IntN(150)
		body["limit"] = []any{q.limit, fmt.Sprint(q.limit)}[r.IntN(2)]
	}
	if q.desc = r.IntN(2) == 0; q.desc {
		body["order"] = "desc"
	}
	var groupers, steps []jsonObject
	for range max(0, r.IntN(4)-1) {
		g, object := randomGrouper(r)
		for texts && (g.by == "value" || g.by == "bin") {
			g, object = randomGrouper(r)
		}
		q.groupers, groupers = append(q.groupers, g), append(groupers, object)
	}
	for range r.IntN(4) {
		s, object := randomStep(r, q)
		for texts && !slices.Contains(strings.Fields("first last count gaps trim"), s.name) {
			s, object = randomStep(r, q)
		}
		q.steps, steps = append(q.steps, s), append(steps, object)
	}
	body[[]string{"groupBy", "group_by"}[r.IntN(2)]], body["aggregators"] = groupers, steps
	text, _ := json.Marshal(body)
	return q, string(text)
}

// randomGrouper is a grouper.
func randomGrouper(r *rand.Rand) (naiveGrouper, jsonObject) {
	switch r.IntN(5) {
	case 0:
		unit := []string{"hours", "days", "weeks"}[r.IntN(3)]
		n, count := 1+r.Int64N(5), 1+r.IntN(5)
		return naiveGrouper{by: "time", size: float64(n * millis(unit)), count: count},
			jsonObject{"name": "time", "rangeSize": jsonObject{"value": n, "unit": unit}, "groupCount": count}
	case 1:
		return naiveGrouper{by: "time", size: 1, month: true, count: 3},
			jsonObject{"name": "time", "range_size": jsonObject{"value": "1", "unit": "MONTHS"}, "group_count": "3"}
	case 2:
		size := []float64{0.5, 3, 10}[r.IntN(3)]
		return naiveGrouper{by: "value", size: size}, jsonObject{"name": "value", "rangeSize": size}
	case 3:
		bins := []float64{0, 7, 10.25}
		return naiveGrouper{by: "bin", bins: bins}, jsonObject{"name": "bin", "bins": []any{"0", 7, "10.25"}}
	}
	tags := [][]string{{"protocol"}, {"source"}, {"source", "protocol"}}[r.IntN(3)]
	return naiveGrouper{by: "tag", tags: tags}, jsonObject{"name": "tag", "tags": tags}
}

// randomStep is an aggregator.
func randomStep(r *rand.Rand, q *naiveQuery) (naiveStep, jsonObject) {
	s := naiveStep{name: offered[r.IntN(len(offered))], value: 1, unit: "milliseconds", origin: q.from, factor: 2.5, percentile: 0.3, trim: "BOTH"}
	object := jsonObject{"name": s.name}
	switch s.name {
	case "scale":
		object["factor"] = "2.5"
	case "div":
		object["divisor"] = 2.5
	case "trim":
		s.trim = []string{"FIRST", "LAST", "BOTH"}[r.IntN(3)]
		object["trim"] = strings.ToLower(s.trim)
	case "percentile":
		object["percentile"] = 0.3
	case "rate", "sampler":
		s.unit = []string{"seconds", "hours"}[r.IntN(2)]
		object["unit"] = s.unit
	}
	if !s.ranged() {
		return s, object
	}
	s.unit = []string{"hours", "days", "weeks", "months", "years"}[r.IntN(5)]
	s.value = 1 + r.Int64N(4)
	object["sampling"] = jsonObject{"value": s.value, "unit": s.unit}
	if s.align = r.IntN(2) == 0; s.align {
		object["alignSampling"] = true
	}
	if s.alignStart = r.IntN(2) == 0; s.alignStart {
		object["align_start_time"] = true
		if r.IntN(3) == 0 {
			day := time.UnixMilli(q.from).UTC().Truncate(24*time.Hour).AddDate(0, 0, r.IntN(11)-5)
			if millis(s.unit) == 0 {
				day = time.Date(1996+r.IntN(40), time.Month(1+r.IntN(12)), 25+r.IntN(7), 0, 0, 0, 0, time.UTC)
			}
			s.origin = day.UnixMilli() + 9*36e5 + r.Int64N(13*36e5)
			object["startTime"] = s.origin
		}
	}
	return s, object
}

// unlike tells how an answer differs from what is wanted.
func unlike(text string, size int, groups []naiveGroup) string {
	var got struct {
		SampleSize int
		Results    []struct {
			Values []struct {
				T time.Time
				V any
			}
			GroupBy    []any
			Attributes map[string][]string
		}
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		return err.Error()
	}
	if len(groups) == 0 && size == 0 {
		return ""
	}
	if got.SampleSize != size || len(got.Results) != len(groups) {
		return fmt.Sprintf("want %d points in %d groups", size, len(groups))
	}
	for i, g := range groups {
		r := got.Results[i]
		if !maps.EqualFunc(r.Attributes, g.attributes, slices.Equal) {
			return fmt.Sprintf("group %d: want %v", i, g.attributes)
		}
		if len(r.Values) != len(g.values) {
			return fmt.Sprintf("group %d: want %d values: %v", i, len(g.values), g.values)
		}
		for k, want := range g.values {
			v := r.Values[k]
			got, _ := strconv.ParseFloat(fmt.Sprint(v.V), 64)
			if v.T.UnixMilli() != want.at || (v.V == nil) != want.null || v.V != nil && math.Abs(got-want.v) > 1e-6*max(1, math.Abs(want.v)) {
				return fmt.Sprintf("group %d, value %d: want %v at %v", i, k, want, time.UnixMilli(want.at).UTC())
			}
		}
	}
	return ""
}

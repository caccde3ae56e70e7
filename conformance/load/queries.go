package load

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
)

// The paths that queries go to.
const (
	queryPath = "/api/v1/datapoints/query"
	tagsPath  = "/api/v1/datapoints/query/tags"
)

// query is one question about a workload, asked about other devices each time
// where it is about some.
type query struct {
	name   string
	path   string
	many   bool  // asked by one client and by all
	span   int64 // milliseconds before the window's end; 0: all of it
	series int   // how many match
	match  func(*rand.Rand) string
	rest   string // of the metric's members: aggregators and grouping
}

// QueryNames lists the names of the workload's queries.
func (w Workload) QueryNames() []string {
	var names []string
	for _, q := range w.queries() {
		names = append(names, q.name)
	}
	return names
}

// queries are what the workload is asked.
func (w Workload) queries() []query {
	dashboard := query{name: "dashboard", path: queryPath, many: true, series: 1, match: w.devices(1), rest: average(5, "minutes")}
	lookup := query{name: "tags", path: tagsPath, match: w.devices(1)}
	switch w.Name {
	case "b":
		dashboard.span = 10_000 * w.Step
		return []query{
			dashboard, lookup,
			{name: "avg-1h", path: queryPath, series: w.Series, rest: average(1, "hours")},
			{name: "avg-1d", path: queryPath, series: w.Series, rest: average(1, "days")},
			{name: "raw", path: queryPath, series: w.Series},
		}
	case "cardinality":
		return append([]query{dashboard, lookup}, w.lookups()...)
	}
	byDevice, bySite := grouped("device"), grouped("site")
	eight := min(8, w.Series)
	return []query{
		dashboard,
		{name: "max-5m-of-8", path: queryPath, span: 3_600_000, series: eight, match: w.devices(eight), rest: byDevice + aggregated(`"max"`, 5, "minutes")},
		{name: "raw", path: queryPath, series: 1, match: w.devices(1)},
		lookup,
		{name: "avg-1h-by-device", path: queryPath, series: w.Series, rest: byDevice + average(1, "hours")},
		{name: "avg-1h-by-site", path: queryPath, series: w.Series, rest: bySite + average(1, "hours")},
		{name: "p99-1h-by-device", path: queryPath, series: w.Series, rest: byDevice + aggregated(`"percentile","percentile":0.99`, 1, "hours")},
		{name: "raw-by-device", path: queryPath, series: w.Series, rest: byDevice},
	}
}

// lookups find series by tags that many of them share, and by a prefix that about
// a hundred devices have.
func (w Workload) lookups() []query {
	floor := func(random *rand.Rand) string {
		return fmt.Sprintf(`"floor":["f%s"]`, appendPadded(nil, random.IntN(w.Floors), 3))
	}
	site := func(random *rand.Rand) string {
		return fmt.Sprintf(`"site":["s%s"]`, appendPadded(nil, random.IntN(w.Sites), 2))
	}
	both := func(random *rand.Rand) string { // the floor's own site
		n := random.IntN(w.Floors)
		return fmt.Sprintf(`"site":["s%s"],"floor":["f%s"]`, appendPadded(nil, n%w.Sites, 2), appendPadded(nil, n, 3))
	}
	prefix := func(random *rand.Rand) string {
		device := w.appendDevice(nil, random.IntN(w.Series))
		return fmt.Sprintf(`"device":["regex:%s.*"]`, device[:len(device)-2])
	}
	return []query{
		{name: "tags-of-floor", path: tagsPath, match: floor},
		{name: "tags-of-site", path: tagsPath, match: site},
		{name: "tags-of-site-and-floor", path: tagsPath, match: both},
		{name: "tags-by-prefix", path: tagsPath, match: prefix},
	}
}

// devices matches n devices that follow each other.
func (w Workload) devices(n int) func(*rand.Rand) string {
	return func(random *rand.Rand) string {
		first := random.IntN(w.Series - n + 1)
		return w.match(first, first+n)
	}
}

// match matches the devices from first up to end.
func (w Workload) match(first, end int) string {
	text := []byte(`"device":[`)
	for i := first; i < end; i++ {
		text = append(w.appendDevice(append(text, '"'), i), '"', ',')
	}
	text[len(text)-1] = ']'
	return string(text)
}

// average is the members of an avg over ranges of that size.
func average(value int, unit string) string { return aggregated(`"avg"`, value, unit) }

// aggregated is the members of one aggregator, which begins with its name.
func aggregated(name string, value int, unit string) string {
	return fmt.Sprintf(`,"aggregators":[{"name":%s,"sampling":{"value":%d,"unit":%q}}]`, name, value, unit)
}

// grouped is the members of a grouping by one tag.
func grouped(tag string) string { return fmt.Sprintf(`,"group_by":[{"name":"tag","tags":[%q]}]`, tag) }

// asks makes requests of the query about the window, again and again.
func (q query) asks(metric string, w window, random *rand.Rand) func(*request) {
	name, part := quoted(metric), w.last(q.span)
	return func(r *request) {
		rest := q.rest
		if q.match != nil {
			rest = `,"tags":{` + q.match(random) + `}` + rest
		}
		r.path, r.points, r.want = q.path, 0, anyCount
		if w.exact && q.path == queryPath {
			r.want = part.steps * int64(q.series)
		}
		r.body = appendQuery(r.body[:0], name, w.end()-part.steps*part.step, w.end(), rest)
	}
}

// appendQuery appends a query of the metric, whose name is quoted, up to the
// time end, with these further members.
func appendQuery(dst []byte, name string, from, end int64, rest string) []byte {
	dst = strconv.AppendInt(append(dst, `{"start_absolute":`...), from, 10)
	dst = strconv.AppendInt(append(dst, `,"end_absolute":`...), end-1, 10)
	dst = append(append(dst, `,"metrics":[{"name":`...), name...)
	return append(append(dst, rest...), "}]}"...)
}

// chosen are the queries with these names, all of them where none is named.
func chosen(all []query, names []string) []query {
	if len(names) == 0 {
		return all
	}
	return slices.DeleteFunc(all, func(q query) bool { return !slices.Contains(names, q.name) })
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"aion/api"
)

// tally counts what a client has seen.
type tally struct {
	Points, Writes, Deletes, Queries int      // that succeeded
	Refused                          int      // 503s
	Cut                              int      // requests without a whole answer
	Faults                           []string // any other answer, and points that are lost or wrong
}

// add adds another one.
func (a *tally) add(b *tally) {
	a.Points, a.Writes, a.Deletes, a.Queries = a.Points+b.Points, a.Writes+b.Writes, a.Deletes+b.Deletes, a.Queries+b.Queries
	a.Refused, a.Cut, a.Faults = a.Refused+b.Refused, a.Cut+b.Cut, append(a.Faults, b.Faults...)
}

// held is what a metric holds, by series and time.
type held map[string]map[int64]float64

// set sets a point.
func (h held) set(series string, at int64, value float64) {
	if h[series] == nil {
		h[series] = map[int64]float64{}
	}
	h[series][at] = value
}

// model is a client that knows what its metrics must hold. Nobody else writes
// them.
type model struct {
	tally
	address *atomic.Pointer[string] // of the server
	random  *rand.Rand
	metrics []string
	holds   map[string]held // by metric
}

// newModel is a client with metrics of its own, which are empty.
func newModel(n int, address *atomic.Pointer[string]) *model {
	m := &model{address: address, random: rand.New(rand.NewPCG(4, uint64(n))), holds: map[string]held{}}
	for i := range 3 {
		name := fmt.Sprintf("soak.%d.%d", n, i)
		m.metrics, m.holds[name] = append(m.metrics, name), held{}
	}
	return m
}

// step writes, deletes or asks.
func (m *model) step(ctx context.Context) {
	metric := m.metrics[m.random.IntN(len(m.metrics))]
	switch n := m.random.IntN(20); {
	case n == 0:
		m.remove(ctx, metric)
	case n < 6:
		m.check(ctx, metric)
	default:
		m.put(ctx, metric)
	}
}

// rowWidth is three weeks, the width of a row.
const rowWidth = 1_814_400_000

// put writes some points into one of four series, in three rows.
func (m *model) put(ctx context.Context, metric string) {
	n := m.random.IntN(4)
	series, fraction := strconv.Itoa(n), 0.5*float64(n%2)
	points := map[int64]float64{}
	for range 1 + m.random.IntN(50) {
		at := int64(m.random.IntN(3))*rowWidth + int64(1+m.random.IntN(300))
		points[at] = float64(m.random.IntN(1000)) + fraction
	}
	var list []string
	for at, value := range points {
		list = append(list, fmt.Sprintf("[%d,%v]", at, value))
	}
	m.insist(ctx, "/api/v1/datapoints", fmt.Sprintf(`{"name": %q, "tags": {"s": %q}, "datapoints": [%s]}`, metric, series, strings.Join(list, ",")))
	m.Writes, m.Points = m.Writes+1, m.Points+len(points)
	for at, value := range points {
		m.holds[metric].set(series, at, value)
	}
}

// remove deletes a metric, or a range of it.
func (m *model) remove(ctx context.Context, metric string) {
	from, to := int64(0), int64(3*rowWidth)
	if m.random.IntN(2) == 0 {
		from = int64(m.random.IntN(300))
		to = from + rowWidth + int64(m.random.IntN(100))
	}
	m.insist(ctx, "/api/v1/datapoints/delete", fmt.Sprintf(`{"start_absolute": %d, "end_absolute": %d, "metrics": [{"name": %q}]}`, from, to, metric))
	m.Deletes++
	for _, series := range m.holds[metric] {
		for at := range series {
			if from <= at && at <= to {
				delete(series, at)
			}
		}
	}
}

// insist sends a request until it succeeds, beyond the end of ctx, too: only then
// it is known what the metric holds.
func (m *model) insist(ctx context.Context, path, body string) {
	for {
		_, refusal, err := postOrRefusal(context.WithoutCancel(ctx), "http://"+*m.address.Load()+path, body)
		if m.well(refusal, err) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// well counts an answer.
func (m *model) well(refusal string, err error) bool {
	switch {
	case refusal != "":
		m.Refused++
	case err != nil && strings.HasPrefix(err.Error(), "got "):
		m.fault("%v", err)
	case err != nil:
		m.Cut++
	default:
		return true
	}
	return false
}

// fault notes a fault.
func (m *model) fault(format string, args ...any) {
	m.Faults = append(m.Faults, fmt.Sprintf(format, args...))
}

// check asks for a metric and compares the answer, if there is one which lacks
// nothing that waits in a spool.
func (m *model) check(ctx context.Context, metric string) bool {
	address := "http://" + *m.address.Load()
	if waits(ctx, address) {
		return false
	}
	query := fmt.Sprintf(`{"start_absolute": 0, "metrics": [{"name": %q, "group_by": [{"name": "tag", "tags": ["s"]}]}]}`, metric)
	body, refusal, err := postOrRefusal(context.WithoutCancel(ctx), address+"/api/v1/datapoints/query", query)
	if !m.well(refusal, err) {
		return false
	}
	m.Queries++
	got, err := parseHeld(body)
	if err != nil {
		m.fault("%s: got %s: %v", metric, body, err)
		return true
	}
	m.compare(metric, got)
	return true
}

// waits tells whether acknowledged points wait in a spool, or nobody says.
func waits(ctx context.Context, address string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/api/v1/version", nil)
	if err != nil {
		return true
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return true
	}
	res.Body.Close()
	return res.Header.Get(api.WaitingHeader) != ""
}

// parseHeld reads an answer about one metric, by series.
func parseHeld(body string) (held, error) {
	var answer struct {
		Queries []struct {
			Results []struct {
				Tags   map[string][]string
				Values [][2]float64
			}
		}
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		return nil, err
	}
	got := held{}
	for _, query := range answer.Queries {
		for _, result := range query.Results {
			for _, v := range result.Values {
				got.set(strings.Join(result.Tags["s"], " "), int64(v[0]), v[1])
			}
		}
	}
	return got, nil
}

// compare looks for points of a metric that are lost or wrong.
func (m *model) compare(metric string, got held) {
	for series, points := range m.holds[metric] {
		for at, value := range points {
			if v, ok := got[series][at]; !ok || v != value {
				m.fault("%s %s at %d: got %v (%v), want %v", metric, series, at, v, ok, value)
			}
		}
	}
	for series, points := range got {
		for at, value := range points {
			if _, ok := m.holds[metric][series][at]; !ok {
				m.fault("%s %s at %d: got %v, want nothing", metric, series, at, value)
			}
		}
	}
}

package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// randomQueries is how many queries are compared; a tenth of them when tests
// are to be short or stores are costly to fill. Each store serves some of them.
const randomQueries, queriesPerStore = 3000, 100

// TestRandomQueries compares the whole server with a naive evaluator.
func TestRandomQueries(t *testing.T) {
	for _, d := range drivers(t) {
		for _, release := range []string{"develop", "1.3"} {
			t.Run(d.name+"/"+release, func(t *testing.T) {
				n := randomQueries
				if testing.Short() || d.costly {
					n /= 10
				}
				compareRandom(t, n, func() *server { return start(t, d, Setup{Release: release}) })
			})
		}
	}
}

// compareRandom plays queries with seeds from 0 on and stops after some
// failures.
func compareRandom(t *testing.T, n int, fresh func() *server) {
	compared, failed := 0, 0
	var s *server
	for seed := range n {
		if seed%queriesPerStore == 0 {
			s = fresh()
		}
		problem, beyond := compareSeed(t, s, uint64(seed))
		if !beyond {
			compared++
		}
		if problem == "" {
			continue
		}
		t.Errorf("seed %d: %s", seed, problem)
		if failed++; failed == 5 {
			t.Fatal("too many differences")
		}
	}
	t.Logf("%d of %d queries compared", compared, n)
	if compared < n*3/4 {
		t.Errorf("only %d of %d queries could be compared", compared, n)
	}
}

// compareSeed stores the series and plays the query of one seed. It tells how
// the answers differ, or nothing, and whether the query is beyond the naive
// evaluator.
func compareSeed(t *testing.T, s *server, seed uint64) (problem string, beyond bool) {
	t.Helper()
	g := newGenerator(seed)
	series := g.series()
	metric := fmt.Sprintf("random%d", seed)
	storeNaive(t, s, metric, series)
	return compareQuery(t, s, series, g.query(metric))
}

// compareQuery plays a query on series that are stored.
func compareQuery(t *testing.T, s *server, series []naiveSeries, q *naiveQuery) (problem string, beyond bool) {
	t.Helper()
	want, sampled, errNaive := naive(series, q, testNow().UnixMilli())
	if errors.Is(errNaive, errBeyond) {
		return "", true
	}
	body, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	a, err := (&Replay{Target: s.target}).post(t.Context(), "/api/v1/datapoints/query", string(body))
	if err != nil {
		return fmt.Sprintf("%v\nquery %s", err, body), false
	}
	if problem = compareNaive(&a, want, sampled, errNaive, s.setup.Release); problem != "" {
		problem += fmt.Sprintf("\nquery %s\nanswer %.2000s", body, a.body)
	}
	return problem, false
}

// storeNaive writes series over HTTP.
func storeNaive(t *testing.T, s *server, metric string, series []naiveSeries) {
	t.Helper()
	for _, one := range series {
		v := VectorSeries{Type: one.Type, Tags: one.Tags}
		for _, p := range one.Points {
			v.Points = append(v.Points, [2]json.RawMessage{json.RawMessage(strconv.FormatInt(p.at, 10)), json.RawMessage(naiveJSON(p))})
		}
		body, err := v.Body(metric)
		if err != nil {
			t.Fatal(err)
		}
		a, err := (&Replay{Target: s.target}).post(t.Context(), "/api/v1/datapoints", string(body))
		if err != nil || a.status != 204 {
			t.Fatalf("store %s: %v %d %.300s", body, err, a.status, a.body)
		}
	}
}

// naiveJSON is a point's value as JSON.
func naiveJSON(p naivePoint) string {
	switch {
	case p.text != nil:
		return quote(*p.text)
	case p.long:
		return strconv.FormatInt(p.i, 10)
	case p.f == 0 && math.Signbit(p.f):
		return "-0.0" // gson 2.2.4 reads -0 as 0
	}
	return strconv.FormatFloat(p.f, 'g', -1, 64)
}

// compareNaive tells how an answer differs from the naive one, or nothing.
func compareNaive(a *received, want []naiveGroup, sampled int, err error, release string) string {
	if err != nil {
		if a.status == 500 {
			return ""
		}
		return fmt.Sprintf("status: got %d, want 500", a.status)
	}
	var got answer
	if json.Unmarshal(a.body, &got) != nil || a.status != 200 || len(got.Queries) != 1 {
		return fmt.Sprintf("status: got %d, want 200", a.status)
	}
	if g := got.Queries[0].SampleSize.String(); g != strconv.Itoa(sampled) {
		return fmt.Sprintf("sample_size: got %s, want %d", g, sampled)
	}
	if release == "develop" {
		want = slices.DeleteFunc(want, func(g naiveGroup) bool { return len(g.points) == 0 })
	}
	results := got.Queries[0].Results
	if len(results) != len(want) {
		return fmt.Sprintf("results: got %d, want %d", len(results), len(want))
	}
	for i := range want {
		if p := compareGroup(&results[i], &want[i]); p != "" {
			return fmt.Sprintf("result %d (%s): %s", i, want[i].describe(), p)
		}
	}
	return ""
}

// compareGroup tells how one group differs, or nothing.
func compareGroup(got *result, want *naiveGroup) string {
	head := strings.TrimSpace(showTags(got.Tags))
	var ids []int32
	for _, raw := range got.GroupBy {
		text, isType := showGroup(raw)
		_, id, ok := cutLast(text, ":")
		n, err := strconv.ParseInt(id, 10, 32)
		switch {
		case isType && text == "":
			head += " number"
		case isType:
			head += text
		case ok && err == nil:
			ids = append(ids, int32(n))
		}
	}
	if head = strings.TrimSpace(head); head != want.describe() {
		return fmt.Sprintf("got %s", head)
	}
	if !slices.Equal(ids, want.ids) {
		return fmt.Sprintf("group numbers: got %v, want %v", ids, want.ids)
	}
	if len(got.Values) != len(want.points) {
		return fmt.Sprintf("points: got %d, want %d: %s", len(got.Values), len(want.points), showNaive(want.points))
	}
	for i, p := range want.points {
		if string(got.Values[i][0]) != strconv.FormatInt(p.at, 10) || !sameNaive(string(got.Values[i][1]), p) {
			return fmt.Sprintf("point %d: got %s, want %s", i, got.Values[i], showNaive(want.points[i:i+1]))
		}
	}
	return ""
}

// cutLast cuts a text at the last separator.
func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// sameNaive tells whether a printed value is a point's, to the bit. What is no
// number prints as null.
func sameNaive(got string, p naivePoint) bool {
	switch {
	case p.null || math.IsNaN(p.f) || math.IsInf(p.f, 0):
		return got == "null"
	case p.text != nil:
		return sameJSON([]byte(got), []byte(quote(*p.text)))
	case p.long:
		return got == strconv.FormatInt(p.i, 10)
	}
	v, err := strconv.ParseFloat(got, 64)
	return err == nil && math.Float64bits(v) == math.Float64bits(p.f)
}

// showNaive is points in words.
func showNaive(list []naivePoint) string {
	var words []string
	for _, p := range list {
		words = append(words, fmt.Sprintf("%d:%s", p.at, naiveJSON(p)))
	}
	return strings.Join(words, " ")
}

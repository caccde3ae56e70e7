package yggio

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"aion/query/fleet"
	"aion/storage/points"
)

// TestParameters: a parameter that is wrong is named, before it matters whether
// there is such an iotnode.
func TestParameters(t *testing.T) {
	y := newTested(t, false)
	const (
		moment   = ": must be Unix time in milliseconds or ISO 8601"
		distance = "distance: must be a number of seconds"
		function = "valueFunction: must be one of mean, timeWeightedMean, max, min, first, last, sum, count, difference"
	)
	for _, c := range []struct{ query, want string }{
		{"", "measurement: Required"},
		{"measurement=", "measurement: Required"},
		{"Measurement=x", "measurement: Required"},
		{"measurement=x&measurement=y", "measurement: must be given once"},
		{"measurement=x&start=yesterday", "start" + moment},
		{"measurement=x&end=tomorrow", "end" + moment},
		{"measurement=x&start=NaN", "start" + moment},
		{"measurement=x&start=0x10", "start" + moment},
		{"measurement=x&start=8640000000000001", "start" + moment},
		{"measurement=x&start=2025-03-18T14.15:00.000Z", "start" + moment},
		{"measurement=x&start=2025-02-29", "start" + moment},
		{"measurement=x&start=2025-03-18T25:00:00Z", "start" + moment},
		{"measurement=x&start=2025-03-18T10:00:00%2B24:00", "start" + moment},
		{"measurement=x&start=2025-03-18 10:00:00Z", "start" + moment},
		{"measurement=x&start=1&start=2", "start: must be given once"},
		{"measurement=x&start=2000&end=1000", "start: must not be later than end"},
		{"measurement=x&start=" + fmt.Sprint(y.now+1), "start: must not be later than end"},
		{"measurement=x&start=%zz", "start: must be percent-encoded"},
		{"measurement=x&end=1;5", "end" + moment},
		{"measurement=%", "measurement: must be percent-encoded"},
		{"measurement=x&distance=-1", "distance: must not be negative"},
		{"measurement=x&distance=-0.5", "distance: must not be negative"},
		{"measurement=x&distance=0.0009", "distance: must be 0.001 or more, and at most 8640000000000"},
		{"measurement=x&distance=1e300", "distance: must be 0.001 or more, and at most 8640000000000"},
		{"measurement=x&distance=abc", distance},
		{"measurement=x&distance=NaN", distance},
		{"measurement=x&distance=Inf", distance},
		{"measurement=x&distance=0x10", distance},
		{"measurement=x&distance=1_000", distance},
		{"measurement=x&distance=3600s", distance},
		{"measurement=x&valueFunction=mean", "distance: Required with valueFunction"},
		{"measurement=x&valueFunction=mean&distance=0", "distance: Required with valueFunction"},
		{"measurement=x&valueFunction=mean&distance=", "distance: Required with valueFunction"},
		{"measurement=x&valueFunction=median&distance=60", function},
		{"measurement=x&valueFunction=Mean&distance=60", function},
		{"measurement=x&valueFunction=median", function},
		{"measurement=x&limit=-1", "limit: must be a whole number, 0 or more"},
		{"measurement=x&limit=1.5", "limit: must be a whole number, 0 or more"},
		{"measurement=x&limit=all", "limit: must be a whole number, 0 or more"},
		{"measurement=x&order=up", "order: must be asc or desc"},
		{"measurement=x&order=DESC", "order: must be asc or desc"},
	} {
		query := strings.ReplaceAll(c.query, " ", "%20")
		for _, node := range []string{nodeName, "def456"} {
			y.wants(t, http.MethodGet, "/api/iotnodes/"+node+"/stats?"+query, "", http.StatusUnprocessableEntity, c.want)
		}
	}
}

// TestForms: the forms in which times, distances and the rest may be written.
func TestForms(t *testing.T) {
	y := newTested(t, false)
	y.push(t, epoch, `"m":1`)
	y.push(t, epoch+1, `"m":2`)
	y.push(t, epoch+1800_000, `"m":3.5`)
	const (
		one   = `{"time":"2023-11-14T23:00:00.000Z","value":1}`
		two   = `{"time":"2023-11-14T23:00:00.001Z","value":2}`
		three = `{"time":"2023-11-14T23:30:00.000Z","value":3.5}`
		mean  = `[{"time":"2023-11-14T23:00:00.000Z","value":1.5},{"time":"2023-11-14T23:30:00.000Z","value":3.5}]`
	)
	for _, c := range []struct{ query, want string }{
		{"", "[" + one + "," + two + "," + three + "]"},
		{"&unknown=1&order=&limit=&start=&end=&distance=&valueFunction=", "[" + one + "," + two + "," + three + "]"},
		{"&&unknown", "[" + one + "," + two + "," + three + "]"},
		{"&limit=0", "[" + one + "," + two + "," + three + "]"},
		{"&limit=99999999999", "[" + one + "," + two + "," + three + "]"},
		{"&limit=1", "[" + three + "]"},
		{"&limit=2&order=desc", "[" + three + "," + two + "]"},
		{"&limit=2&order=asc&end=1700002800002", "[" + one + "," + two + "]"},
		{"&start=1700002800000.5&end=1700002800001.5", "[" + two + "]"},
		{"&start=2023-11-14T23:00:00.0001Z&end=2023-11-14T23:00:00.0011Z", "[" + two + "]"},
		{"&start=2023-11-14T23:00:00,001Z&end=2023-11-15T00:00:00.002%2B01:00", "[" + two + "]"},
		{"&start=2023-11-15T00:00:00.001+01:00&end=2023-11-14T23:01", "[" + two + "]"},
		{"&start=2023-11-14T18:30:00-0500&end=2023-11-15", "[" + three + "]"},
		{"&start=2023-11-14T24:00:00Z", "[]"},
		{"&start=1700002800000&end=1700002800000", "[]"},
		{"&end=1700002800000", "[]"},
		{"&distance=1800&valueFunction=mean", mean},
		{"&distance=1800.0&valueFunction=mean", mean},
		{"&distance=1.8e3&valueFunction=mean", mean},
		{"&distance=0.001&valueFunction=count", `[{"time":"2023-11-14T23:00:00.000Z","value":1},{"time":"2023-11-14T23:00:00.001Z","value":1},{"time":"2023-11-14T23:30:00.000Z","value":1}]`},
		{"&distance=8640000000000&valueFunction=sum", `[{"time":"1970-01-01T00:00:00.000Z","value":6.5}]`},
		{"&distance=3600&valueFunction=mean&limit=1&order=desc", `[{"time":"2023-11-14T23:00:00.000Z","value":2.1666666666666665}]`},
	} {
		if got := y.stats(t, "measurement=m"+c.query); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.query, got, c.want)
		}
	}
}

// TestBeforeTheEpoch: windows before 1970 begin at or before their points, too.
func TestBeforeTheEpoch(t *testing.T) {
	y := newTested(t, false)
	for _, at := range []int64{-3600_001, -3600_000, -1, 0} {
		y.push(t, at, `"m":1`)
	}
	for _, function := range []string{"count", "sum"} {
		got := y.stats(t, "measurement=m&distance=3600&valueFunction="+function)
		want := `[{"time":"1969-12-31T22:00:00.000Z","value":1},{"time":"1969-12-31T23:00:00.000Z","value":2},{"time":"1970-01-01T00:00:00.000Z","value":1}]`
		if got != want {
			t.Errorf("%s: got %s, want %s", function, got, want)
		}
	}
	y.push(t, -62167219200_001, `"far":1`)
	y.push(t, -farthest, `"far":2`)
	if got, want := y.stats(t, "measurement=far"), `[{"time":"-271821-04-20T00:00:00.000Z","value":2},{"time":"-000001-12-31T23:59:59.999Z","value":1}]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestCSV: the same rows as CSV, where that is asked for.
func TestCSV(t *testing.T) {
	y := newTested(t, false)
	y.push(t, epoch+1, `"m":1.5,"door":"open, \"wide\""`)
	y.push(t, epoch+3600_000, `"m":2`)
	for _, c := range []struct{ accept, query, want string }{
		{"text/csv", "measurement=m", "time,value\r\n2023-11-14T23:00:00.001Z,1.5\r\n2023-11-15T00:00:00.000Z,2\r\n"},
		{"text/csv; q=0.5", "measurement=door", "time,value\r\n2023-11-14T23:00:00.001Z,\"open, \"\"wide\"\"\"\r\n"},
		{"text/plain, text/csv", "measurement=m&distance=3600", "time,value,min,max,stddev\r\n2023-11-14T23:00:00.000Z,1.5,1.5,1.5,0\r\n2023-11-15T00:00:00.000Z,2,2,2,0\r\n"},
		{"text/csv", "measurement=m&distance=3600&valueFunction=timeWeightedMean", "time,value\r\n2023-11-14T23:00:00.000Z,\r\n2023-11-15T00:00:00.000Z,2\r\n"},
		{"text/csv", "measurement=none", "time,value\r\n"},
		{"application/json", "measurement=none", "[]"},
		{"*/*", "measurement=none", "[]"},
		{"text/csv, application/json", "measurement=none", "[]"},
		{"text/csv;q=0.8, application/json;q=0.9", "measurement=none", "[]"},
		{"application/json;q=0.5, text/csv, */*;q=0.1", "measurement=none", "time,value\r\n"},
	} {
		y.wants(t, http.MethodGet, "/api/iotnodes/"+nodeName+"/stats?"+c.query, "", http.StatusOK, c.want, "Accept: "+c.accept)
	}
	got := y.call(t, http.MethodGet, "/api/iotnodes/"+nodeName+"/stats?measurement=m", "", "Accept: text/csv")
	if kind := got.header.Get("Content-Type"); kind != "text/csv; charset=utf-8; header=present" {
		t.Errorf("Content-Type: got %q", kind)
	}
}

// TestRetention: an iotnode's points are those of its present policy, and no older
// than that keeps.
func TestRetention(t *testing.T) {
	y := newTested(t, false)
	const day = int64(86_400_000)
	under := func(policy string) {
		if _, err := y.Fleet.Change(t.Context(), "", nodeName, func(d *fleet.Device) error {
			d.RetentionPolicy = policy
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	y.push(t, y.now-100*day, `"a":1`)
	under("retention30days")
	y.push(t, y.now-30*day, `"b":1`)
	y.push(t, y.now-30*day-1, `"b":2,"old":2`)
	for _, c := range []struct{ policy, fields, a, b string }{
		{"retention30days", `["b"]`, `[]`, `[{"time":"2023-11-14T23:00:00.000Z","value":1}]`},
		{"retention2days", `[]`, `[]`, `[]`},
		{"retentionForever", `["a"]`, `[{"time":"2023-09-05T23:00:00.000Z","value":1}]`, `[]`},
		{"", `["a"]`, `[{"time":"2023-09-05T23:00:00.000Z","value":1}]`, `[]`},
		{"retention30days", `["b"]`, `[]`, `[{"time":"2023-11-14T23:00:00.000Z","value":1}]`},
	} {
		under(c.policy)
		y.wants(t, http.MethodGet, "/api/iotnodes/"+nodeName+"/stats/fields", "", http.StatusOK, c.fields)
		if a, b := y.stats(t, "measurement=a"), y.stats(t, "measurement=b"); a != c.a || b != c.b {
			t.Errorf("%s: got %s and %s, want %s and %s", c.policy, a, b, c.a, c.b)
		}
	}
	// A state that the policy does not keep is none: that of one millisecond too early.
	y.push(t, y.now-30*day+10, `"b":5`)
	got := y.stats(t, fmt.Sprintf("measurement=b&distance=0.1&valueFunction=timeWeightedMean&start=%d", y.now-30*day-2))
	if want := `[{"time":"2023-11-14T23:00:00.000Z","value":4.6}]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestMany: of more raw points than are answered the newest are, also where they
// are too large to be held.
func TestMany(t *testing.T) {
	y := newTested(t, false)
	var numbers points.Block
	texts := points.Block{Kind: points.Text}
	for i := range int64(mostRaw + 5) {
		numbers.AppendInt(epoch+i, i)
		if i < 3000 {
			texts.AppendText(epoch+i, strings.Repeat("x", 4000)+fmt.Sprint(i))
		}
	}
	y.put(t, "n", nil, points.TypeLong, numbers)
	y.put(t, "s", nil, points.TypeText, texts)
	for _, c := range []struct {
		query, first, last string
		rows               int
	}{
		{"measurement=n", `[{"time":"2023-11-14T23:00:00.005Z","value":5}`, `"value":100004}]`, mostRaw},
		{"measurement=n&order=desc", `[{"time":"2023-11-14T23:01:40.004Z","value":100004}`, `"value":5}]`, mostRaw},
		{"measurement=s", `[{"time":"2023-11-14T23:00:00.000Z","value":"xx`, `x2999"}]`, 3000},
		{"measurement=s&limit=2500", `[{"time":"2023-11-14T23:00:00.500Z","value":"xx`, `x2999"}]`, 2500},
		{"measurement=s&limit=2500&order=desc", `[{"time":"2023-11-14T23:00:02.999Z","value":"xx`, `x500"}]`, 2500},
	} {
		got := y.stats(t, c.query)
		if n := strings.Count(got, `{"time"`); !strings.HasPrefix(got, c.first) || !strings.HasSuffix(got, c.last) || n != c.rows {
			t.Errorf("%s: got %d rows, %.80s … %s", c.query, n, got, got[max(0, len(got)-40):])
		}
	}
}

// TestManyAtOnce: no more points are answered than are wanted where they are too
// large to be held and several stand at the oldest instant.
func TestManyAtOnce(t *testing.T) {
	y := newTested(t, false)
	const instants = 1500
	for _, tags := range []map[string]string{nil, {"line": "1"}} {
		texts := points.Block{Kind: points.Text}
		for i := range int64(instants) {
			texts.AppendText(epoch+i, strings.Repeat("x", 4000))
		}
		y.put(t, "s", tags, points.TypeText, texts)
	}
	for _, limit := range []int{2600, 2601, 2602, 2999, 3000, 3001} {
		want := min(limit, 2*instants)
		first := `[{"time":"` + time.UnixMilli(epoch+int64(2*instants-want)/2).UTC().Format("2006-01-02T15:04:05.000Z") + `"`
		got := y.stats(t, fmt.Sprintf("measurement=s&limit=%d", limit))
		if n := strings.Count(got, `{"time"`); n != want || !strings.HasPrefix(got, first) {
			t.Errorf("limit %d: got %d rows from %.40s on, want %d from %s on", limit, n, got, want, first)
		}
	}
}

// TestTooManyIntervals: intervals are not filled in without end.
func TestTooManyIntervals(t *testing.T) {
	y := newTested(t, false)
	y.push(t, 0, `"m":1`)
	y.push(t, epoch, `"m":2`)
	y.wants(t, http.MethodGet, "/api/iotnodes/"+nodeName+"/stats?measurement=m&distance=0.001", "", http.StatusRequestEntityTooLarge,
		"the query exceeds the limit query.max-gaps of 10000000 intervals without points")
}

// TestPaths: what is there is answered, everything else below the prefixes is not
// found or not allowed, in Yggio's form.
func TestPaths(t *testing.T) {
	y := newTested(t, false)
	none := "Could not find entity with query { 'orionId.id': '%s' }"
	for _, c := range []struct {
		method, path string
		status       int
		want         string
	}{
		{"GET", "/api/iotnodes/def456/stats?measurement=x", 404, fmt.Sprintf(none, "def456")},
		{"GET", "/api/iotnodes/%3Cb%3E/stats?measurement=x", 404, fmt.Sprintf(none, "&lt;b&gt;")},
		{"GET", "/api/iotnodes/%FF/stats?measurement=x", 404, fmt.Sprintf(none, "\uFFFD")},
		{"GET", "/api/iotnodes/def456/stats/fields", 404, fmt.Sprintf(none, "def456")},
		{"GET", "/api/iotnodes/desk/stats?measurement=x", 404, fmt.Sprintf(none, "desk")},
		{"GET", "/api/iotnodes/" + nodeName + "/stats/?measurement=x", 200, "[]"},
		{"GET", "/api/iotnodes/" + nodeName + "/stats/fields/", 200, "[]"},
		{"HEAD", "/api/iotnodes/" + nodeName + "/stats?measurement=x", 200, ""},
		{"POST", "/api/iotnodes/" + nodeName + "/stats", 405, "Method Not Allowed"},
		{"DELETE", "/api/iotnodes/" + nodeName, 405, "Method Not Allowed"},
		{"GET", "/api/iotnodes/" + nodeName + "/nothing", 404, "Not Found"},
		{"GET", "/api/auth", 404, "Not Found"},
		{"GET", "/api/auth/local", 405, "Method Not Allowed"},
		{"GET", "/http-push", 404, "Not Found"},
		{"POST", "/http-push/other", 404, "Not Found"},
		{"OPTIONS", "/api/iotnodes", 204, ""},
	} {
		got := y.call(t, c.method, c.path, "")
		if got.status != c.status || got.body != c.want {
			t.Errorf("%s %s: got %d %s, want %d %s", c.method, c.path, got.status, got.body, c.status, c.want)
		}
		if kind := got.header.Get("Content-Type"); c.status >= 400 && kind != "text/html; charset=utf-8" {
			t.Errorf("%s %s: got the Content-Type %q", c.method, c.path, kind)
		}
	}
}

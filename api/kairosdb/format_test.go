package kairosdb

import (
	"compress/gzip"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"aion/aggregators"
	"aion/query"
	"aion/storage/memory"
)

// twoHosts asks for all points of a metric by host.
const twoHosts = `{"start_absolute":1,"metrics":[{"name":"cpu","group_by":[{"name":"tag","tags":["host"]}]}]}`

// tabled is a protocol with extensions over points of two hosts.
func tabled(t testing.TB) *Protocol {
	t.Helper()
	p := newProtocol(t, Config{Release: aggregators.V13, Extensions: true})
	put(t, p.Store, "cpu", map[string]string{"host": "a", "site": "x"}, 1000, 1, 2.5)
	put(t, p.Store, "cpu", map[string]string{"host": "b"}, 1001, -3, "=on")
	return p
}

// TestFormats: Accept and the parameter format choose, the latter first.
func TestFormats(t *testing.T) {
	p := tabled(t)
	for _, tt := range []struct{ target, accept, media string }{
		{"", "", "application/json"},
		{"", "*/*", "application/json"},
		{"", "application/json, text/plain, */*", "application/json"},
		{"", "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", "application/json"},
		{"", "text/csv", "text/csv"},
		{"", "text/*", "text/csv"},
		{"", "application/json;q=0.5, text/csv", "text/csv"},
		{"", "application/json, text/csv;q=0.9", "application/json"},
		{"", "application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.stream"},
		{"?format=csv", "application/json", "text/csv"},
		{"?format=ndjson", "text/html", "application/x-ndjson"},
		{"?format=arrow", "", "application/vnd.apache.arrow.stream"},
		{"?format=json", "text/csv", "application/json"},
		{"?layout=wide&_=17", "", "application/json"},
	} {
		got := call(t, p, "POST", "/api/v1/datapoints/query"+tt.target, twoHosts, "Accept: "+tt.accept)
		if media, _, _ := strings.Cut(got.header.Get("Content-Type"), ";"); got.status != http.StatusOK || media != tt.media {
			t.Errorf("%s, Accept %s: got %d and %s, want %s\n%s", tt.target, tt.accept, got.status, media, tt.media, got.body)
		}
		if table := tt.media != "application/json"; table != strings.HasPrefix(got.header.Get("Vary"), "Accept,") {
			t.Errorf("%s, Accept %s: got Vary %s", tt.target, tt.accept, got.header.Get("Vary"))
		}
	}
}

// TestFormatsOff: without extensions the answers are stock KairosDB's.
func TestFormatsOff(t *testing.T) {
	p := newProtocol(t, Config{Release: aggregators.V13})
	for accept, want := range map[string]int{"text/csv": 406, "application/x-ndjson": 406, "text/*": 406, "text/csv, application/json": 200} {
		got := call(t, p, "POST", "/api/v1/datapoints/query?format=csv&layout=bogus", twoHosts, "Accept: "+accept)
		if got.status != want || want == 200 && !strings.HasPrefix(got.body, `{"queries":`) {
			t.Errorf("%s: got %d and %s, want %d", accept, got.status, got.body, want)
		}
	}
	if got := call(t, tabled(t), "POST", "/api/v1/datapoints/query/tags", twoHosts, "Accept: text/csv"); got.status != 406 {
		t.Errorf("tags: got %d, want 406", got.status)
	}
}

// TestFormatOptions: what parameters say shows in the answer.
func TestFormatOptions(t *testing.T) {
	p := tabled(t)
	const two = `{"start_absolute":1,"time_zone":"Europe/Berlin","metrics":[{"name":"cpu","limit":1},{"name":"none"}]}`
	const split = `{"start_absolute":1,"metrics":[{"name":"cpu","tags":{"host":"a"},"group_by":[{"name":"value","range_size":2}]}]}`
	for _, tt := range []struct{ target, query, want string }{
		{"?format=csv", twoHosts, "time,metric,tags,value\r\n1000,cpu,host=a;site=x,1\r\n1001,cpu,host=a;site=x,2.5\r\n1001,cpu,host=b,-3\r\n1002,cpu,host=b,=on\r\n"},
		{"?format=csv&columns=site,host&time=rfc3339", twoHosts, "time,metric,site,host,value\r\n1970-01-01T00:00:01.000Z,cpu,x,a,1\r\n1970-01-01T00:00:01.001Z,cpu,x,a,2.5\r\n1970-01-01T00:00:01.001Z,cpu,,b,-3\r\n1970-01-01T00:00:01.002Z,cpu,,b,=on\r\n"},
		{"?format=csv&columns=*&guard=true", twoHosts, "\"time\",\"metric\",\"host\",\"site\",\"value\"\r\n1000,\"cpu\",\"a\",\"x\",1\r\n1001,\"cpu\",\"a\",\"x\",2.5\r\n1001,\"cpu\",\"b\",,-3\r\n1002,\"cpu\",\"b\",,\"'=on\"\r\n"},
		{"?format=csv&layout=wide", twoHosts, "time,cpu{host=a;site=x},cpu{host=b},cpu{host=b} text\r\n1000,1,,\r\n1001,2.5,-3,\r\n1002,,,=on\r\n"},
		{"?format=csv&layout=wide&time_zone=%2B02:00", twoHosts, "time,cpu{host=a;site=x},cpu{host=b},cpu{host=b} text\r\n1970-01-01T02:00:01.000+02:00,1,,\r\n1970-01-01T02:00:01.001+02:00,2.5,-3,\r\n1970-01-01T02:00:01.002+02:00,,,=on\r\n"},
		{"?format=csv&time=rfc3339", two, "time,query,metric,tags,value\r\n1970-01-01T01:00:01.000+01:00,0,cpu,site=x,1\r\n1970-01-01T01:00:01.002+01:00,0,cpu,host=b,=on\r\n"},
		{"?format=ndjson", split, "{\"time\":1000,\"metric\":\"cpu\",\"tags\":{\"host\":\"a\",\"site\":\"x\"},\"group\":\"value=0\",\"value\":1}\n{\"time\":1001,\"metric\":\"cpu\",\"tags\":{\"host\":\"a\",\"site\":\"x\"},\"group\":\"value=1\",\"value\":2.5}\n"},
		{"?format=csv&layout=wide", split, "time,cpu{host=a;site=x;value=0},cpu{host=a;site=x;value=1}\r\n1000,1,\r\n1001,,2.5\r\n"},
	} {
		if got := call(t, p, "POST", "/api/v1/datapoints/query"+tt.target, tt.query); got.status != 200 || got.body != tt.want {
			t.Errorf("%s: got %d and\n%s\nwant\n%s", tt.target, got.status, got.body, tt.want)
		}
	}
	got := call(t, p, "GET", "/api/v1/datapoints/query?format=csv&query="+strings.ReplaceAll(twoHosts, `"`, "%22"), "")
	if got.status != 200 || !strings.HasPrefix(got.body, "time,metric,tags,value\r\n") {
		t.Errorf("GET: got %d and %s", got.status, got.body)
	}
}

// TestFormatProblems: what cannot be is a 400 that names the parameter.
func TestFormatProblems(t *testing.T) {
	p := tabled(t)
	put(t, p.Store, "odd", map[string]string{"value": "1"}, 1, 1)
	mixed := `{"start_absolute":1,"metrics":[{"name":"cpu"},{"name":"cpu","order":"desc"}]}`
	odd := strings.Replace(twoHosts, "cpu", "odd", 1)
	for _, tt := range []struct{ query, body, want string }{
		{"format=xml", twoHosts, `format must be json, csv, ndjson or arrow, not \"xml\"`},
		{"format=", twoHosts, `format must be json, csv, ndjson or arrow, not \"\"`},
		{"format=csv&format=csv", twoHosts, "format is given twice"},
		{"format=csv&time=epoch&time=epoch", twoHosts, "time is given twice"},
		{"format=csv&layout=tall", twoHosts, `layout must be long or wide, not \"tall\"`},
		{"format=csv&guard=yes", twoHosts, `guard must be false or true, not \"yes\"`},
		{"format=csv&time=unix", twoHosts, `time must be epoch or rfc3339, not \"unix\"`},
		{"format=csv&time_zone=Mars", twoHosts, `time_zone must be a time zone such as Europe/Berlin or +02:00, not \"Mars\"`},
		{"format=csv&time_zone=", twoHosts, `time_zone must be a time zone such as Europe/Berlin or +02:00, not \"\"`},
		{"format=csv&time=epoch&time_zone=UTC", twoHosts, "time_zone and time epoch do not go together"},
		{"format=csv&layot=wide", twoHosts, "layot is no parameter of format csv"},
		{"format=ndjson&layout=wide", twoHosts, "layout is for csv, not for ndjson"},
		{"format=ndjson&guard=true", twoHosts, "guard is for csv, not for ndjson"},
		{"format=arrow&time=epoch", twoHosts, "time is for csv, ndjson, not for arrow"},
		{"format=json&columns=a", twoHosts, "columns is for csv, ndjson, arrow, not for json"},
		{"format=csv&columns=", twoHosts, `columns must be names of tags with commas between them, or * for all, not \"\"`},
		{"format=csv&columns=a,*", twoHosts, `columns must be names of tags with commas between them, or * for all, not \"a,*\"`},
		{"format=csv&columns=a,a", twoHosts, "columns names a twice"},
		{"format=csv&columns=a,metric", twoHosts, "columns names the tag metric, and there is another column of that name"},
		{"format=arrow&columns=text", twoHosts, "columns names the tag text, and there is another column of that name"},
		{"format=csv&columns=*", odd, "columns names the tag value, and there is another column of that name"},
		{"format=csv&layout=wide&columns=a", twoHosts, "columns and layout wide do not go together"},
		{"format=csv&layout=wide", mixed, "layout wide needs one order for all metrics"},
	} {
		got := call(t, p, "POST", "/api/v1/datapoints/query?"+tt.query, tt.body)
		if want := `{"errors":["` + tt.want + `"]}`; got.status != 400 || got.body != want {
			t.Errorf("%s: got %d and %s, want 400 and %s", tt.query, got.status, got.body, want)
		}
	}
}

// TestFormatsFail: what goes wrong before anything is sent is answered in
// KairosDB's shape, whatever the format.
func TestFormatsFail(t *testing.T) {
	p := tabled(t)
	for i := range maxWide + 1 {
		put(t, p.Store, "many", map[string]string{"host": printed(i)}, 1, 1)
	}
	const divided = `{"start_absolute":1,"metrics":[{"name":"cpu","tags":{"host":"a"},"group_by":[{"name":"time","group_count":1,"range_size":{"value":0,"unit":"seconds"}}]}]}`
	for _, tt := range []struct {
		query, body string
		status      int
		want        string
	}{
		{"format=csv", `{"start_absolute":1,"metrics":[{"name":""}]}`, 400, `name may not be empty`},
		{"format=arrow", divided, 500, "/ by zero"},
		{"format=csv", divided, 500, "/ by zero"},
		{"format=csv&layout=wide", divided, 500, "/ by zero"},
		{"format=csv&layout=wide", strings.Replace(twoHosts, "cpu", "many", 1), 413, "the query exceeds the limit layout=wide of 1000 columns"},
	} {
		got := call(t, p, "POST", "/api/v1/datapoints/query?"+tt.query, tt.body)
		if got.status != tt.status || !strings.HasPrefix(got.body, `{"errors":["`) || !strings.Contains(got.body, tt.want) {
			t.Errorf("%s: got %d and %s, want %d and %s", tt.query, got.status, got.body, tt.status, tt.want)
		}
		if media := got.header.Get("Content-Type"); !strings.HasPrefix(media, "application/json") {
			t.Errorf("%s: got an error as %s", tt.query, media)
		}
	}
}

// TestFormatsCut: an answer that fails after a part of it was sent ends there,
// with nothing behind the part.
func TestFormatsCut(t *testing.T) {
	store := memory.New(memory.Config{Now: clock})
	values := make([]any, 60_000)
	for i := range values {
		values[i] = float64(i) / 4
	}
	put(t, store, "cpu", map[string]string{"host": "a"}, 1000, values...)
	limited := query.New(query.Config{Limits: query.Limits{MaxPoints: 50_000}})
	p := newProtocol(t, Config{Release: aggregators.V13, Extensions: true, Store: store, Engine: limited})
	for _, target := range []string{"format=csv", "format=csv&layout=wide", "format=ndjson", "format=arrow"} {
		got := call(t, p, "POST", "/api/v1/datapoints/query?"+target, twoHosts)
		cut := got.status == http.StatusOK && !strings.Contains(got.body, "errors") && len(got.body) > 64<<10
		early := got.status == http.StatusRequestEntityTooLarge && strings.HasPrefix(got.body, `{"errors":[`)
		if !cut && !(early && target == "format=arrow") {
			t.Errorf("%s: got %d and %d bytes", target, got.status, len(got.body))
		}
		if rows := strings.Count(got.body, "\n"); rows > 50_001 {
			t.Errorf("%s: got %d lines, want a part", target, rows)
		}
	}
}

// TestFormatsCompressed: tables are compressed for who likes them so.
func TestFormatsCompressed(t *testing.T) {
	got := call(t, tabled(t), "POST", "/api/v1/datapoints/query?format=csv", twoHosts, "Accept-Encoding: gzip")
	r, err := gzip.NewReader(strings.NewReader(got.body))
	if err != nil || got.header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("got %v and %s", err, got.header.Get("Content-Encoding"))
	}
	if text := drain(t, r); !strings.HasPrefix(text, "time,metric,tags,value\r\n1000,cpu") {
		t.Errorf("got %s", text)
	}
}

// FuzzFormat: no parameters break their reader, and those that are taken say one
// of the formats.
func FuzzFormat(f *testing.F) {
	for _, text := range []string{"format=csv&layout=wide", "format=arrow&columns=a,b&time_zone=UTC", "%zz=%&;=&format=%63sv", "time=rfc3339"} {
		f.Add(text)
	}
	p := tabled(f)
	f.Fuzz(func(t *testing.T, text string) {
		r := &http.Request{Header: http.Header{"Accept": {"text/csv, */*;q=0.1"}}, URL: &url.URL{RawQuery: text}}
		got, err := p.format(r)
		if _, own := err.(*Fault); err != nil && !own {
			t.Fatalf("%q: got %v, want a fault", text, err)
		}
		if err == nil && !strings.Contains(" json csv ndjson arrow ", " "+got.name+" ") {
			t.Fatalf("%q: got the format %q", text, got.name)
		}
	})
}

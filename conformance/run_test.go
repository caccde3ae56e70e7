package conformance

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// fake answers what a test wants and notes what it was sent.
type fake struct {
	answers map[string]string // by path; a leading number is the status
	sent    []string
}

// ServeHTTP notes the request and answers by its path.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.sent = append(f.sent, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Method, r.RequestURI, body)))
	status, text := 204, ""
	if _, err := fmt.Sscanf(f.answers[r.URL.Path], "%d", &status); err == nil {
		_, text, _ = strings.Cut(f.answers[r.URL.Path], " ")
	}
	w.WriteHeader(status)
	fmt.Fprint(w, text)
}

// TestRun plays a script on a server that answers by rote.
func TestRun(t *testing.T) {
	s, err := Parse("sample", `# x
write cpu host=a  0m 1
query {"metrics":[{"name":"cpu"}]}
names
----
cpu host=[a]  0m 1.0E7  10m null
p.other
400 a…
`)
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{answers: map[string]string{
		"/api/v1/datapoints/query": `200 {"queries":[{"sample_size":2,"results":[{"name":"p.cpu","group_by":[{"name":"type","type":"number"}],` +
			`"tags":{"host":["a"]},"values":[[0,1.0E7],[600000,null]]}]}]}`,
		"/api/v1/metricnames": `200 {"results":["p.p.other"]}`,
	}}
	outcomes, err := s.Run(t.Context(), &InProcess{Handler: f}, Setup{Release: "1.3", Prefix: "p."})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := outcomes[0].Got, "cpu host=[a]  0m 1.0E7  10m null\nother\n"; got != want {
		t.Errorf("answer: got %q, want %q", got, want)
	}
	if outcomes[0].OK() {
		t.Error("an answer that differs is OK")
	}
	want := []string{
		"DELETE /api/v1/metric/p.cpu",
		`POST /api/v1/datapoints [{"name":"p.cpu","tags":{"host":"a"},"datapoints":[[0,1]]}]`,
		`POST /api/v1/datapoints/query {"start_absolute":0,"metrics":[{"name":"p.cpu"}]}`,
		"GET /api/v1/metricnames?prefix=p.",
		"DELETE /api/v1/metric/p.cpu",
	}
	if got, want := strings.Join(f.sent, "\n"), strings.Join(want, "\n"); got != want {
		t.Errorf("requests: got\n%s\nwant\n%s", got, want)
	}
}

// TestOutcome compares answers with what is wanted.
func TestOutcome(t *testing.T) {
	for _, c := range []struct {
		name, want, got string
		ok              bool
	}{
		{"equal", "a\nb\n", "a\nb\n", true},
		{"other", "a\n", "b\n", false},
		{"begin", "400 a…\n", "400 abc\n", true},
		{"other begin", "400 a…\n", "500 abc\n", false},
		{"more", "a\n", "a\nb\n", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := Outcome{Case: &Case{Want: c.want}, Got: c.got}
			if got := o.OK(); got != c.ok {
				t.Errorf("got %v, want %v", got, c.ok)
			}
		})
	}
}

// TestUnfit says why scripts do not apply.
func TestUnfit(t *testing.T) {
	plain := &InProcess{}
	for _, c := range []struct {
		name, script string
		target       Target
		setup        Setup
		want         string
	}{
		{"every release", "names\n----\n", plain, Setup{Release: "develop"}, ""},
		{"1.2 must be asked for", "names\n----\n", plain, Setup{Release: "1.2"}, "is about release 1.3, develop"},
		{"extensions", "extensions on\nnames\n----\n", plain, Setup{Release: "1.3"}, "needs extensions on"},
		{"zone", "server-zone Europe/Paris\nnames\n----\n", plain, Setup{Release: "1.3"}, "needs a server in zone Europe/Paris"},
		{"clock", "now 0m\n----\n", plain, Setup{Release: "1.3"}, "needs a server whose clock can be set"},
		{"clock there", "now 0m\n----\n", &Clocked{Target: plain}, Setup{Release: "1.3"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Parse("x", c.script)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Unfit(c.target, c.setup); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestRequestStep sends a request as it is written.
func TestRequestStep(t *testing.T) {
	s, err := Parse("x", `# x
metric m
request POST /api/v1/echo
Content-Type: application/gzip
show Content-Type X-Absent
gzip {"name":"m"}
----
`)
	if err != nil {
		t.Fatal(err)
	}
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		plain, _ := unzipped(http.Header{"Content-Encoding": {"gzip"}}, body)
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		_, _ = w.Write(plain)
	})
	outcomes, err := s.Run(t.Context(), &InProcess{Handler: echo}, Setup{Release: "1.3", Prefix: "p."})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := outcomes[0].Got, "200\nContent-Type: application/gzip\n{\"name\":\"m\"}\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestCutAnswer sees a handler that cuts its answer as a client would.
func TestCutAnswer(t *testing.T) {
	cut := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (&InProcess{Handler: cut}).Do(req); err != io.ErrUnexpectedEOF {
		t.Errorf("got %v, want %v", err, io.ErrUnexpectedEOF)
	}
}

// TestShowGroups prints every kind of group.
func TestShowGroups(t *testing.T) {
	body := `{"queries":[{"results":[{"name":"m","group_by":[` +
		`{"name":"value","range_size":10,"group":{"group_number":-2}},` +
		`{"name":"bin","bins":[2,5.5],"group":{"bin_number":1}},` +
		`{"name":"time","range_size":{"value":1,"unit":"HOURS"},"group_count":3,"group":{"group_number":0}},` +
		`{"name":"tag","tags":["host","dc"],"group":{"host":"a","dc":""}},{"name":"type","type":"text"}],` +
		`"tags":{"dc":[],"host":["a"]},"values":[]}],"sample_size":0},{"results":[],"sample_size":0}]}`
	want := "m dc=[] host=[a] by value/10:-2 by bin[2,5.5]:1 by time/1HOURS%3:0 by host=a,dc= text\nno group\n"
	if got := showQuery(200, []byte(body), time.UTC); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

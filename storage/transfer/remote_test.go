package transfer

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"aion/storage/points"
)

// remote is a Remote of a handler.
func remote(t *testing.T, handler http.HandlerFunc) *Remote {
	t.Helper()
	s := httptest.NewServer(handler)
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		s.Close()
	})
	base, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	base.User = url.UserPassword("id", "secret")
	return &Remote{Base: base, Client: client}
}

// TestRemoteWrite sends batches, again where the server was away, and counts
// what it refuses.
func TestRemoteWrite(t *testing.T) {
	var asked int
	var bodies []string
	r := remote(t, func(w http.ResponseWriter, req *http.Request) {
		asked++
		if id, secret, _ := req.BasicAuth(); id != "id" || secret != "secret" {
			t.Errorf("got %s:%s, want the credentials of the address", id, secret)
		}
		if asked == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		in, err := NewInput(req.Body)
		if err != nil {
			t.Error(err)
			return
		}
		text, err := io.ReadAll(in.plain)
		if err != nil {
			t.Error(err)
		}
		bodies = append(bodies, string(text))
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"errors":["one is wrong"]}`)
	})
	const text = `{"name":"m","tags":{"a":"b"},"ttl":60,"datapoints":[[1,5,"long"],[2,6,"long"]]}`
	i := Import{From: pipe(t, text), To: r, Choice: always, Retry: time.Minute}
	report, err := i.Run(t.Context())
	if err != nil || report.Points != 1 || report.Refused != 1 || fmt.Sprint(report.Problems) != "[one is wrong]" {
		t.Errorf("got %+v, %v, want a point stored and one refused", report, err)
	}
	if want := []string{`[{"name":"m","tags":{"a":"b"},"ttl":60,"datapoints":[[1,5],[2,6]]}]`}; !slices.Equal(bodies, want) {
		t.Errorf("got %q, want %q", bodies, want)
	}
}

// TestRemoteRefusesBefore: an import that goes on from where another was ended tells
// of what the server refused before, too.
func TestRemoteRefusesBefore(t *testing.T) {
	refuses := true
	r := remote(t, func(w http.ResponseWriter, _ *http.Request) {
		if !refuses {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"errors":["one is wrong"]}`)
	})
	const text = `{"name":"m","tags":{"a":"b"},"datapoints":[[1,5,"long"],[2,6,"long"]]}`
	var at Position
	i := Import{From: pipe(t, text), To: r, Choice: always, Stored: func(p Position) { at = p }}
	if _, err := i.Run(t.Context()); err != nil || at.Points != 1 || at.Refuse != 1 {
		t.Fatalf("got %+v, %v, want a point stored and one refused", at, err)
	}
	refuses = false
	i = Import{From: pipe(t, strings.Replace(text, "1,5", "3,5", 1)), To: &Remote{Base: r.Base, Client: r.Client}, Choice: always, Start: at}
	i.Start.Offset = 0
	report, err := i.Run(t.Context())
	if err != nil || report.Points != 3 || report.Refused != 1 {
		t.Errorf("got %+v, %v, want three points and one refused", report, err)
	}
}

// TestRemoteFails tells which answers are worth another try.
func TestRemoteFails(t *testing.T) {
	for status, away := range map[int]bool{500: false, 404: false, 401: false, 413: false, 429: true, 502: true, 503: true, 504: true} {
		r := remote(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		i := Import{From: pipe(t, `{"name":"m","tags":{"a":"b"},"datapoints":[[1,5,"long"]]}`), To: r, Choice: always}
		_, err := i.Run(t.Context())
		if err == nil || errors.Is(err, points.ErrUnavailable) != away {
			t.Errorf("%d: got %v, want one that is worth another try: %t", status, err, away)
		}
		if _, err := r.Metrics(t.Context()); err == nil || errors.Is(err, points.ErrUnavailable) != away {
			t.Errorf("%d: got %v from a question, want one that is worth another try: %t", status, err, away)
		}
	}
}

// TestRemoteRead reads what KairosDB 1.3.0 answers.
func TestRemoteRead(t *testing.T) {
	answers := map[string]string{
		"/api/v1/metricnames":           `{"results":["m","n","a"]}`,
		"/api/v1/datapoints/query/tags": `{"queries":[{"results":[{"name":"m","tags":{"host":["a","b"],"dc":["x"]}}]}]}`,
		"/api/v1/datapoints/query": `{"queries":[{"sample_size":5,"results":[{"name":"m","group_by":[{"name":"tag","tags":["dc","host"],"group":{"dc":"x","host":"a"}},` +
			`{"name":"type","type":"number"}],"tags":{"dc":["x"],"host":["a"]},"values":[[1,5],[2,5.5],[3,null]]},` +
			`{"name":"m","group_by":[{"name":"type","type":"text"}],"tags":{"host":["b"]},"values":[[1,"x"]]},` +
			`{"name":"m","tags":{"host":["c"]},"values":[[1,{"real":1,"imaginary":2}]]}]}]}`,
	}
	var asked []string
	r := remote(t, func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		asked = append(asked, string(body))
		fmt.Fprint(w, answers[req.URL.Path])
	})
	got := exported(t, Export{From: r, Choice: Choice{Metrics: []string{"m"}, Range: points.Range{From: 1, To: points.Always.To}}})
	want := `{"name":"m","tags":{"dc":"x","host":"a"},"datapoints":[[1,5,"long"],[2,5.5,"double"],[3,null,"null"]]}
{"name":"m","tags":{"host":"b"},"datapoints":[[1,"x","string"]]}
{"name":"m","tags":{"host":"c"},"datapoints":[[1,{"real":1,"imaginary":2},"complex"]]}
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	const query = `{"start_absolute":1,"end_absolute":253402300799999,"metrics":[{"name":"m","group_by":[{"name":"tag","tags":["dc","host"]}]}]}`
	if len(asked) != 3 || asked[2] != query {
		t.Errorf("got %q, want a query such as %s", asked, query)
	}
	cut := strings.TrimSuffix(answers["/api/v1/datapoints/query"], "]}]}")
	answers["/api/v1/datapoints/query"] = cut
	e := Export{From: r, Choice: always, To: NewOutput(io.Discard, false)}
	if _, err := e.Run(t.Context()); err == nil {
		t.Error("got no error from an answer that is cut off, want one")
	}
}

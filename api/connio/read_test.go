package connio

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// answered is the answer to a request without the parts that do not matter here.
func (e *estate) answered(key, method, path, body string) string {
	e.t.Helper()
	status, text := e.ask(key, method, path, body)
	if status != 200 {
		e.t.Fatalf("%s %s: got %d %s", method, path, status, text)
	}
	_, text, _ = strings.Cut(text, `"values":`)
	text, _, _ = strings.Cut(text, `,"groupBy"`)
	return text
}

// TestTypes: values come back as their property's type has them.
func TestTypes(t *testing.T) {
	e := openEstate(t, false)
	e.asks("device", "POST", "/data/devices/_this_", `{"on": true, "config": {"a": [1, 2.50]}, "mode": "{\"a\":1}", "state": 3, "temperature": 4.0, "trip": {"zone": "z"}}`, 200, nil)
	for _, c := range []struct{ property, body, want string }{
		{"on", `{}`, `[{"t":"2017-05-02T00:00:00Z","v":true}]`},
		{"on", `{"aggregators":[{"name":"last","sampling":{"value":1,"unit":"days"}}]}`, `[{"t":"2017-05-02T00:00:00Z","v":true}]`},
		{"on", `{"aggregators":[{"name":"sum","sampling":{"value":1,"unit":"days"}}]}`, `[{"t":"2017-05-02T00:00:00Z","v":1}]`},
		{"config", `{}`, `[{"t":"2017-05-02T00:00:00Z","v":{"a":[1,2.50]}}]`},
		{"config", `{"aggregators":[{"name":"count","sampling":{"value":1,"unit":"days"}}]}`, `[{"t":"2017-05-02T00:00:00Z","v":1}]`},
		{"mode", `{}`, `[{"t":"2017-05-02T00:00:00Z","v":"{\"a\":1}"}]`},
		{"state", `{}`, `[{"t":"2017-05-02T00:00:00Z","v":3}]`},
		{"temperature", `{}`, `[{"t":"2017-05-02T00:00:00Z","v":4}]`},
		{"trip", `{}`, `[{"t":"2017-05-02T00:00:00Z","v":{"zone":"z"}}]`},
	} {
		if got := e.answered("device", "POST", "/data/properties/"+c.property+"/query", c.body); got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.property, c.body, got, c.want)
		}
	}
}

// TestLatest: the last values of what who asks may read, other protocols' among
// them.
func TestLatest(t *testing.T) {
	e := openEstate(t, false)
	e.asks("device", "POST", "/data/devices/_this_", `{"pin": 7, "on": true, "temperature": 21}`, 200, nil)
	var b storage.Batch
	for metric, at := range map[string]int64{"temperature": 5_000_000_000_000, "Voltage": 5, "on": 6} {
		var block points.Block
		block.AppendFloat(at, 2.5)
		b.Put(points.Key{Metric: metric, Tags: points.TagsOf(map[string]string{"device": "_dev_100000000000000001", "x": "y"}), Type: points.TypeDouble}, block, 0)
	}
	e.must(e.store.Write(t.Context(), &b))
	for key, want := range map[string]string{
		"device": `{"temperature":2.5,"on":true,"pin":7,"Voltage":2.5}`, "client": `{"temperature":2.5,"on":true,"Voltage":2.5}`,
	} {
		if status, text := e.ask(key, "GET", "/data/devices/sensor1", ""); status != 200 || text != want {
			t.Errorf("%s: got %d %s, want %s", key, status, text, want)
		}
	}
	if got, want := e.answered("client", "GET", "/data/devices/sensor1/properties/Voltage", ""), `[{"t":"1970-01-01T00:00:00.005Z","v":2.5}]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestState: a state has its sections, unless they are left out.
func TestState(t *testing.T) {
	e := openEstate(t, false)
	e.asks("device", "POST", "/data/properties/temperature", `{"dps": [{"t": "2017-05-01T00:00:00Z", "v": 23}, {"t": "2017-05-01T00:00:01Z", "v": 23.5}]}`, 200, nil)
	e.asks("device", "POST", "/data/properties/mode", `{"dps": [{"t": "2017-05-01T00:00:00Z", "v": "on"}]}`, 200, nil)
	var full struct {
		Header     map[string]any
		Properties []map[string]any
		Methods    []any
	}
	e.asks("client", "GET", "/data/devices/sensor1/state", "", 200, &full)
	if full.Header["name"] != "sensor1" || full.Header["status"] != "enabled" || full.Methods == nil {
		t.Errorf("got the header %v", full.Header)
	}
	_, text := e.ask("client", "GET", "/data/devices/sensor1/state?header=false&meta=false", "")
	want := `{"properties":[{"ref":{"id":"_prp_200000000000000001","qname":"mysensor$temperature"},` +
		`"value":{"mostRecent":23.5,"time":"2017-05-01T00:00:01Z"},"stats":{"count":2,"min":23,"max":23.5,"sum":46.5}},`
	if !strings.HasPrefix(text, want) || !strings.Contains(text, `"mostRecent":"on","time":"2017-05-01T00:00:00Z"},"stats":{"count":1}}`) || strings.Contains(text, "mysensor$pin") {
		t.Errorf("got %s, want %s", text, want)
	}
	if _, text := e.ask("client", "GET", "/data/devices/sensor1/state?header=false&meta=false&stats=false", ""); strings.Contains(text, "stats") || strings.Contains(text, "header") {
		t.Errorf("got %s", text)
	}
}

// TestLeveled: values of several kinds are one list where the property has a type, and
// the question does not ask for numbers.
func TestLeveled(t *testing.T) {
	e := openEstate(t, false)
	e.asks("device", "POST", "/data/properties/state", `{"dps":[`+dp(1, `"v":"a\"b"`)+","+dp(2, `"v":1`)+","+dp(3, `"v":2.5`)+`]}`, 200, nil)
	e.asks("client", "POST", "/data/devices/sensor1/properties/state", `{"dps":[`+dp(4, `"v":"c"`)+`]}`, 200, nil)
	e.asks("device", "POST", "/data/properties/on", `{"dps":[`+dp(1, `"v":true`)+`]}`, 200, nil)
	var b storage.Batch
	var block points.Block
	block.Reset(points.Text)
	block.AppendText(time.Date(2017, 5, 1, 0, 0, 2, 0, time.UTC).UnixMilli(), "yes")
	b.Put(points.Key{Metric: "on", Tags: points.TagsOf(map[string]string{"device": "_dev_100000000000000001"}), Type: points.TypeText}, block, 0)
	e.must(e.store.Write(t.Context(), &b))
	point := func(second int, v string) string {
		return fmt.Sprintf(`{"t":"2017-05-01T00:00:0%dZ","v":%s}`, second, v)
	}
	for _, c := range []struct {
		property, body string
		want           []string
	}{
		{"state", `{}`, []string{point(1, `"a\"b"`), point(2, "1"), point(3, "2.5"), point(4, `"c"`)}},
		{"state", `{"order":"desc","limit":3}`, []string{point(4, `"c"`), point(3, "2.5"), point(2, "1")}},
		{"state", `{"groupBy":[{"name":"tag","tags":["source"]}],"tags":{"source":["object"]}}`, []string{point(1, `"a\"b"`), point(2, "1"), point(3, "2.5")}},
		{"state", `{"aggregators":[{"name":"count","sampling":{"value":1,"unit":"days"}}]}`, []string{point(1, "4")}},
		{"state", `{"startAbsolute":"2017-05-01T00:00:01Z","endAbsolute":"2017-05-01T00:00:05Z","aggregators":[{"name":"last","sampling":{"value":2,"unit":"seconds"}},{"name":"gaps","sampling":{"value":1,"unit":"seconds"}}]}`,
			[]string{point(1, "null"), point(2, "1"), point(3, "null"), point(4, `"c"`), point(5, "null")}},
		{"state", `{"aggregators":[{"name":"avg","sampling":{"value":1,"unit":"days"}}]}`, []string{point(2, "1.75")}},
		{"on", `{}`, []string{point(1, "true"), point(2, `"yes"`)}},
	} {
		if got, want := e.answered("device", "POST", "/data/properties/"+c.property+"/query", c.body), "["+strings.Join(c.want, ",")+"]"; got != want {
			t.Errorf("%s %s: got %s, want %s", c.property, c.body, got, want)
		}
	}
	if status, text := e.ask("device", "GET", "/data/properties/state", ""); strings.Count(text, "GroupByType") != 1 || !strings.Contains(text, `{"type":"text"}`) {
		t.Errorf("got %d %s, want one result of texts", status, text)
	}
}

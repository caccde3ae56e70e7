package connio

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"aion/api/access"
	"aion/storage"
	"aion/storage/points"
)

// fault is what a client reads of an error.
type fault struct{ Code, Cause, Message, MoreInfoURL string }

// faultOf is the error of an answer, which is an array of one.
func faultOf(t *testing.T, text string) fault {
	t.Helper()
	var list []fault
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) != 1 {
		t.Fatalf("got %s, want an array of one error", text)
	}
	f := list[0]
	if f.Cause == "" || f.Message == "" || f.MoreInfoURL != "https://docs.connio.com/v3/error/"+strings.ToLower(f.Code) {
		t.Errorf("got %s, want code, cause, message and moreInfoUrl", text)
	}
	return f
}

// TestQueryErrors: what is wrong with a query object is told with its field.
func TestQueryErrors(t *testing.T) {
	e := openEstate(t, false)
	e.asks("device", "POST", "/data/devices/_this_", `{"temperature": 1, "mode": "on", "on": true}`, 200, nil)
	for _, c := range []struct{ body, field string }{
		{``, "body"}, {`[]`, "body"}, {`{`, "body"}, {`{} {}`, "body"}, {`null`, "body"},
		{`{"startAbsolute": true}`, "startAbsolute"}, {`{"startAbsolute": "yesterday"}`, "startAbsolute"}, {`{"startAbsolute": 1.5}`, "startAbsolute"},
		{`{"start_absolute": "2017-13-01T00:00:00Z"}`, "start_absolute"}, {`{"startAbsolute": "2017-01-01T00:00:00+2500"}`, "startAbsolute"},
		{`{"startAbsolute": 1e300}`, "startAbsolute"}, {`{"startAbsolute": {}}`, "startAbsolute"},
		{`{"startRelative": 5}`, "startRelative"}, {`{"startRelative": {"unit": "days"}}`, "startRelative.value"},
		{`{"startRelative": {"value": 1}}`, "startRelative.unit"}, {`{"startRelative": {"value": "x", "unit": "days"}}`, "startRelative.value"},
		{`{"startRelative": {"value": -1, "unit": "days"}}`, "startRelative.value"}, {`{"startRelative": {"value": 1.5, "unit": "days"}}`, "startRelative.value"},
		{`{"startRelative": {"value": 1, "unit": "fortnights"}}`, "startRelative.unit"}, {`{"startRelative": {"value": 1, "unit": 5}}`, "startRelative.unit"},
		{`{"startRelative": {"value": 9007199254740992, "unit": "years"}}`, "startRelative"},
		{`{"startRelative": {"value": 1, "unit": "days"}, "startAbsolute": 5}`, "startRelative"},
		{`{"endRelative": {"value": 1, "unit": "days"}, "end_absolute": 5}`, "endRelative"},
		{`{"startAbsolute": 1000, "endAbsolute": 1000}`, "endAbsolute"}, {`{"startAbsolute": "2117-01-01T00:00:00Z"}`, "startAbsolute"},
		{`{"startRelative": {"value": 1, "unit": "days"}, "endRelative": {"value": 1, "unit": "DAYS"}}`, "endRelative"},
		{`{"timeZone": "Mars/Olympus"}`, "timeZone"}, {`{"timeZone": 5}`, "timeZone"}, {`{"time_zone": "europe/berlin"}`, "time_zone"},
		{`{"tags": []}`, "tags"}, {`{"attributes": "object"}`, "attributes"}, {`{"attributes": {"source": []}}`, "attributes.source"},
		{`{"attributes": {"source": [5]}}`, "attributes.source[0]"}, {`{"attributes": {"room": ["a"]}}`, "attributes.room"}, {`{"tags": {"Source": ["object"]}}`, "tags.Source"},
		{`{"limit": -1}`, "limit"}, {`{"limit": 1.5}`, "limit"}, {`{"limit": "many"}`, "limit"}, {`{"limit": [1]}`, "limit"},
		{`{"order": "up"}`, "order"}, {`{"order": 1}`, "order"}, {`{"excludeTags": 1}`, "excludeTags"}, {`{"exclude_tags": "yes"}`, "exclude_tags"},
		{`{"aggregators": {}}`, "aggregators"}, {`{"aggregators": [5]}`, "aggregators[0]"}, {`{"aggregators": [{}]}`, "aggregators[0].name"},
		{`{"aggregators": [{"name": "sum"}, {"name": "SUM"}]}`, "aggregators[1].name"}, {`{"aggregators": [{"name": "save_as", "metric_name": "x"}]}`, "aggregators[0].name"},
		{`{"aggregators": [{"name": "sum", "sampling": 5}]}`, "aggregators[0].sampling"}, {`{"aggregators": [{"name": "sum", "sampling": {"value": 0, "unit": "days"}}]}`, "aggregators[0].sampling.value"},
		{`{"aggregators": [{"name": "sum", "sampling": {"value": 1}}]}`, "aggregators[0].sampling.unit"}, {`{"aggregators": [{"name": "rate", "unit": "week"}]}`, "aggregators[0].unit"},
		{`{"aggregators": [{"name": "sum", "alignSampling": 1}]}`, "aggregators[0].alignSampling"}, {`{"aggregators": [{"name": "sum", "align_start_time": null, "startTime": "x"}]}`, "aggregators[0].startTime"},
		{`{"aggregators": [{"name": "sum", "timeZone": "x"}]}`, "aggregators[0].timeZone"},
		{`{"aggregators": [{"name": "sum", "sampling": {"value": 1000001, "unit": "years"}}]}`, "aggregators[0].sampling.value"},
		{`{"aggregators": [{"name": "gaps", "sampling": {"value": "9007199254740992", "unit": "days"}}]}`, "aggregators[0].sampling.value"},
		{`{"aggregators": [{"name": "max", "sampling": {"value": 9007199254740992, "unit": "hours"}}]}`, "aggregators[0].sampling.value"},
		{`{"aggregators": [{"name": "rate", "sampling": {"value": 4294967297, "unit": "seconds"}}]}`, "aggregators[0].sampling.value"},
		{`{"groupBy": [{"name": "time", "groupCount": 2, "rangeSize": {"value": 1000001, "unit": "months"}}]}`, "groupBy[0].rangeSize.value"},
		{`{"aggregators": [{"name": "percentile"}]}`, "aggregators[0].percentile"}, {`{"aggregators": [{"name": "percentile", "percentile": 0}]}`, "aggregators[0].percentile"},
		{`{"aggregators": [{"name": "percentile", "percentile": 1.01}]}`, "aggregators[0].percentile"}, {`{"aggregators": [{"name": "percentile", "percentile": "half"}]}`, "aggregators[0].percentile"},
		{`{"aggregators": [{"name": "div"}]}`, "aggregators[0].divisor"}, {`{"aggregators": [{"name": "div", "divisor": "0.0"}]}`, "aggregators[0].divisor"},
		{`{"aggregators": [{"name": "scale"}]}`, "aggregators[0].factor"}, {`{"aggregators": [{"name": "scale", "factor": "1e999"}]}`, "aggregators[0].factor"},
		{`{"aggregators": [{"name": "trim"}]}`, "aggregators[0].trim"}, {`{"aggregators": [{"name": "trim", "trim": "MIDDLE"}]}`, "aggregators[0].trim"},
		{`{"groupBy": 5}`, "groupBy"}, {`{"groupBy": [[]]}`, "groupBy[0]"}, {`{"groupBy": [{"name": "colour"}]}`, "groupBy[0].name"},
		{`{"groupBy": [{"name": "time"}]}`, "groupBy[0].rangeSize"}, {`{"groupBy": [{"name": "time", "rangeSize": {"value": 1, "unit": "days"}}]}`, "groupBy[0].groupCount"},
		{`{"groupBy": [{"name": "time", "rangeSize": {"value": 1, "unit": "days"}, "groupCount": 0}]}`, "groupBy[0].groupCount"},
		{`{"groupBy": [{"name": "time", "rangeSize": {"value": 9007199254740991, "unit": "weeks"}, "groupCount": 2}]}`, "groupBy[0].rangeSize.value"},
		{`{"groupBy": [{"name": "value"}]}`, "groupBy[0].rangeSize"}, {`{"groupBy": [{"name": "value", "rangeSize": -1}]}`, "groupBy[0].rangeSize"}, {`{"group_by": [{"name": "value", "rangeSize": "a"}]}`, "group_by[0].rangeSize"},
		{`{"groupBy": [{"name": "bin"}]}`, "groupBy[0].bins"}, {`{"groupBy": [{"name": "bin", "bins": []}]}`, "groupBy[0].bins"}, {`{"groupBy": [{"name": "bin", "bins": [1, "b"]}]}`, "groupBy[0].bins[1]"},
		{`{"groupBy": [{"name": "tag"}]}`, "groupBy[0].tags"}, {`{"groupBy": [{"name": "tag", "tags": ["room"]}]}`, "groupBy[0].tags[0]"},
	} {
		status, text := e.ask("device", "POST", "/data/devices/sensor1/properties/temperature/query", c.body)
		if status != http.StatusBadRequest {
			t.Errorf("%s: got %d %.200s", c.body, status, text)
		} else if f := faultOf(t, text); f.Code != "BadRequest" || !strings.HasPrefix(f.Cause, c.field+": ") {
			t.Errorf("%s: got %+v, want %s named", c.body, f, c.field)
		}
	}
	for _, c := range []struct{ property, body, field string }{
		{"mode", `{"aggregators": [{"name": "count"}, {"name": "sum"}, {"name": "first"}]}`, ""},
		{"mode", `{"aggregators": [{"name": "first"}, {"name": "avg"}]}`, "aggregators[1].name"},
		{"mode", `{"groupBy": [{"name": "tag", "tags": ["source"]}, {"name": "bin", "bins": [1]}]}`, "groupBy[1].name"},
		{"on", `{"groupBy": [{"name": "value", "rangeSize": 1}]}`, "groupBy[0].name"}, {"on", `{"aggregators": [{"name": "avg"}]}`, ""},
	} {
		status, text := e.ask("device", "POST", "/data/properties/"+c.property+"/query", c.body)
		if c.field == "" && status != http.StatusOK || c.field != "" && (status != http.StatusBadRequest || !strings.HasPrefix(faultOf(t, text).Cause, c.field+": ")) {
			t.Errorf("%s %s: got %d %s, want %s named", c.property, c.body, status, text, c.field)
		}
	}
}

// TestSameTime: points of two protocols at one time have no rate, which is the
// question's mistake, and not the server's.
func TestSameTime(t *testing.T) {
	e := openEstate(t, false)
	e.asks("device", "POST", "/data/properties/temperature", `{"dps": [{"t": "2017-05-01T00:00:00Z", "v": 1}, {"t": "2017-05-01T00:00:01Z", "v": 2}]}`, 200, nil)
	var b storage.Batch
	var block points.Block
	block.AppendInt(time.Date(2017, 5, 1, 0, 0, 0, 0, time.UTC).UnixMilli(), 5)
	b.Put(points.Key{Metric: "temperature", Tags: points.TagsOf(map[string]string{"device": "_dev_100000000000000001"}), Type: points.TypeLong}, block, 0)
	e.must(e.store.Write(t.Context(), &b))
	for _, name := range []string{"rate", "sampler"} {
		status, text := e.ask("device", "POST", "/data/properties/temperature/query", `{"aggregators": [{"name": "`+name+`"}]}`)
		if status != http.StatusBadRequest || !strings.HasPrefix(faultOf(t, text).Cause, "aggregators: The "+name+" aggregator") {
			t.Errorf("%s: got %d %s, want 400", name, status, text)
		}
	}
	const first = `{"aggregators": [{"name": "first"}, {"name": "rate", "unit": "seconds"}]}`
	if got, want := e.answered("device", "POST", "/data/properties/temperature/query", first), `[{"t":"2017-05-01T00:00:01Z","v":1}]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestRefusals: who may not, what there is not, and how that is told, also where
// several of them are so.
func TestRefusals(t *testing.T) {
	e := openEstate(t, false)
	e.key("writer", access.KeyRecord{
		Owner: "_api_400000000000000004", Scopes: []access.Scope{access.WriteData}, Context: access.Context{Type: access.Device, IDs: []string{"_dev_100000000000000001"}},
	})
	for _, c := range []struct {
		key, method, path, body string
		status                  int
		code                    string
	}{
		{"device", "GET", "", "", 404, "ResourceNotFound"}, {"device", "GET", "/nothing/here", "", 404, "ResourceNotFound"},
		{"device", "DELETE", "/data/devices/_this_/properties/temperature", "", 404, "ResourceNotFound"},
		{"device", "GET", "/data/devices/sensor2", "", 401, "Unauthorized"}, {"device", "GET", "/data/devices/nobody", "", 401, "Unauthorized"},
		{"device", "GET", "/data/apps/_this_", "", 401, "Unauthorized"}, {"admin", "GET", "/data/devices/nobody", "", 404, "ResourceNotFound"},
		{"admin", "GET", "/data/devices/_this_", "", 404, "ResourceNotFound"}, {"admin", "GET", "/data/apps/nobody", "", 404, "ResourceNotFound"},
		{"disabled", "GET", "/data/devices/_this_", "", 403, "Forbidden"}, {"disabled", "GET", "/data/devices/_this_/state", "", 403, "Forbidden"},
		{"reader", "POST", "/data/devices/sensor1/properties/temperature", `{"dps": []}`, 401, "Unauthorized"},
		{"client", "GET", "/data/devices/sensor1/properties/pin", "", 401, "Unauthorized"}, {"client", "POST", "/data/devices/sensor1/properties/pin/query", "x", 401, "Unauthorized"},
		{"device", "GET", "/data/devices/sensor1/properties/pin", "", 200, ""}, {"client", "GET", "/data/devices/sensor1/properties/serial", "", 200, ""},
		{"device", "GET", "/data/properties/nosuch", "", 404, "ResourceNotFound"}, {"device", "GET", "/data/properties/other$temperature", "", 404, "ResourceNotFound"},
		{"device", "GET", "/data/properties/MYSENSOR$Temperature", "", 200, ""}, {"device", "GET", "/data/properties/_prp_200000000000000001", "", 200, ""},
		{"device", "GET", "/data/properties/temperature?limit=0", "", 400, "BadRequest"}, {"device", "GET", "/data/properties/temperature?limit=1001", "", 400, "BadRequest"},
		{"device", "GET", "/data/properties/temperature?limit=x", "", 400, "BadRequest"}, {"device", "GET", "/data/properties/temperature?order=up", "", 400, "BadRequest"},
		{"device", "GET", "/data/devices/_this_/state?meta=2", "", 400, "BadRequest"},
		{"device", "PUT", "/data/devices/_this_/methods/m", "{}", 401, "Unauthorized"}, {"admin", "GET", "/data/devices/sensor1/methods/m", "", 503, "NotImplemented"},
		{"device", "POST", "/data/properties/temperature?_method=PATCH", "{}", 400, "BadRequest"},
		{"device", "POST", "/data/properties/temperature", `{"other": 1}`, 400, "BadRequest"}, {"device", "POST", "/data/properties/temperature", `{"limit": 1}`, 200, ""},
		{"device", "POST", "/data/properties/temperature", `{"limit": 1, "dps": []}`, 200, ""}, {"reader", "POST", "/data/devices/sensor1/properties/temperature", `{"order": "desc"}`, 200, ""},
		{"app", "GET", "/data/devices/sensor1", "", 200, ""}, {"app", "GET", "/data/devices/sensor2", "", 401, "Unauthorized"},
		{"app", "GET", "/data/apps/MONITOR/properties/alarms", "", 200, ""}, {"admin", "GET", "/data/devices/SENSOR1//properties/temperature/", "", 200, ""},
		{"app", "GET", "/data/properties/alarms", "", 401, "Unauthorized"},
		{"writer", "GET", "/data/devices/sensor1/properties/nosuch", "", 404, "ResourceNotFound"}, {"writer", "POST", "/data/devices/sensor1/properties/nosuch/query", "x", 404, "ResourceNotFound"},
		{"writer", "POST", "/data/devices/sensor1/properties/temperature/query", "x", 401, "Unauthorized"}, {"writer", "POST", "/data/devices/sensor1/properties/nosuch", `{"limit": 1}`, 404, "ResourceNotFound"},
		{"writer", "POST", "/data/devices/sensor2/properties/nosuch", `{"limit": 1}`, 401, "Unauthorized"}, {"writer", "POST", "/data/devices/sensor1/properties/temperature", `{"limit": "x"}`, 401, "Unauthorized"},
		{"reader", "POST", "/data/devices/sensor1/properties/nosuch", `{"dps": []}`, 404, "ResourceNotFound"}, {"reader", "POST", "/data/devices/sensor1/properties/pin", `{"dps": 1}`, 401, "Unauthorized"},
		{"client", "POST", "/data/devices/sensor1/properties/pin", `{"dps": 1}`, 401, "Unauthorized"}, {"client", "POST", "/data/devices/sensor1/properties/nosuch", `{"dps": 1}`, 404, "ResourceNotFound"},
		{"disabled", "GET", "/data/properties/nosuch", "", 404, "ResourceNotFound"}, {"disabled", "POST", "/data/properties/nosuch", `{"dps": 1}`, 404, "ResourceNotFound"},
		{"disabled", "POST", "/data/properties/pin/query", "x", 403, "Forbidden"}, {"disabled", "POST", "/data/properties/temperature", `{"dps": 1}`, 403, "Forbidden"},
	} {
		status, text := e.ask(c.key, c.method, c.path, c.body)
		if status != c.status {
			t.Errorf("%s %s as %s: got %d %s, want %d", c.method, c.path, c.key, status, text, c.status)
		} else if status != http.StatusOK && faultOf(t, text).Code != c.code {
			t.Errorf("%s %s as %s: got %s, want %s", c.method, c.path, c.key, text, c.code)
		}
	}
}

// TestChallenge: only who has shown nothing, or something wrong, is told how to
// show who he is.
func TestChallenge(t *testing.T) {
	e := openEstate(t, false)
	for who, want := range map[string]string{"": `Basic realm="connio"`, "nobody": `Basic realm="connio"`, "device": "", "reader": ""} {
		r := httptest.NewRequest("POST", Prefix+"/data/devices/sensor2/properties/temperature", strings.NewReader(`{"dps":[]}`))
		if who != "" {
			r.SetBasicAuth(e.keys[who].ID+"x", "x")
			if key, ok := e.keys[who]; ok {
				r.SetBasicAuth(key.ID, key.Secret)
			}
		}
		w := httptest.NewRecorder()
		e.http.ServeHTTP(w, r)
		if got := strings.Join(w.Header()["Www-Authenticate"], ", "); w.Code != http.StatusUnauthorized || got != want {
			t.Errorf("%q: got %d, %q, want 401 and %q", who, w.Code, got, want)
		}
	}
}

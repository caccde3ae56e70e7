package connio

import (
	"context"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"aion/api/access"
	"aion/query"
)

// TestFilters: a list of devices has those that fulfil all conditions, page by page,
// and tells nothing of what who asks does not see.
func TestFilters(t *testing.T) {
	e := openEstate(t, false)
	for name, tags := range map[string]string{"sensor1": `["house","kitchen"]`, "sensor2": `["house","bath","mansion"]`, "plain": `["garden"]`} {
		e.asks("admin", "PUT", "/devices/"+name, `{"tags":`+tags+`}`, 200, nil)
	}
	e.asks("device", "POST", "/data/devices/_this_",
		`{"temperature":21.5,"mode":"Eco","on":true,"pin":7,"config":{"a":1},"trip":{"zone":"z"},"state":3}`, 200, nil)
	e.key("writer", access.KeyRecord{Role: access.Admin})
	e.asks("writer", "POST", "/data/devices/sensor2", `{"temperature":-3,"mode":"comfort","on":false}`, 200, nil)
	e.asks("plain", "POST", "/data/devices/_this_/properties/power", `{"dps":[{"v":1},{"v":5}]}`, 404, nil)
	e.key("lister", access.KeyRecord{Scopes: []access.Scope{access.ReadDevice}})
	for _, tt := range []struct{ key, query, want string }{
		{"admin", "", "disabled1 plain sensor1 sensor2"},
		{"admin", "nosuch=1&friendlyName=x", "disabled1 plain sensor1 sensor2"},
		{"admin", "is_a=mysensor", "disabled1 sensor1 sensor2"},
		{"admin", "is_a=MYSENSOR", "disabled1 sensor1 sensor2"},
		{"admin", "is_a=" + profileID("", "MySensor"), "disabled1 sensor1 sensor2"},
		{"admin", "is_a=Gateway", ""},
		{"admin", "tags=house", "sensor1 sensor2"},
		{"admin", "tags=house,-mansion", "sensor1"},
		{"admin", "tags=house, kitchen^, bath^, -mansion", "sensor1"},
		{"admin", "tags=garden^, bath^", "plain sensor2"},
		{"admin", "tags=-house", "disabled1 plain"},
		{"admin", "tags=house&tags=bath", "sensor2"},
		{"admin", "tags=House", ""},
		{"admin", "prop=temperature,eq,21.5", "sensor1"},
		{"admin", "prop=mysensor$temperature,eq,21.50", "sensor1"},
		{"admin", "prop=other$temperature,eq,21.5", ""},
		{"admin", "prop=Temperature,lt,21.5", "sensor2"},
		{"admin", "prop=temperature,lte,21.5", "sensor1 sensor2"},
		{"admin", "prop=temperature,gt,-3", "sensor1"},
		{"admin", "prop=temperature, gte, -3", "sensor1 sensor2"},
		{"admin", "prop=temperature,neq,21.5", "sensor2"},
		{"admin", "prop=temperature,eq,warm", ""},
		{"admin", "prop=mode,eq,Eco", "sensor1"},
		{"admin", "prop=mode,eq,eco", ""},
		{"admin", "prop=mode,match,eco", "sensor1"},
		{"admin", "prop=mode,neq,Eco", "sensor2"},
		{"admin", "prop=mode,lt,z", ""},
		{"admin", "prop=on,eq,true", "sensor1"},
		{"admin", "prop=state,eq,3", "sensor1"},
		{"admin", "prop=humidity,neq,1", ""},
		{"admin", "prop=nosuch,neq,1", ""},
		{"admin", "prop=pin,eq,7", ""},
		{"device", "prop=pin,eq,7", ""},
		{"admin", "prop=config,neq,1", ""},
		{"admin", "prop=trip,neq,1", ""},
		{"admin", "prop=temperature,lt,30&prop=mode,match,COMFORT", "sensor2"},
		{"admin", "prop=temperature,lt,30&tags=kitchen&is_a=mysensor", "sensor1"},
		{"admin", "name=sensor2&tags=kitchen", "sensor2"},
		{"client", "prop=temperature,lte,21.5", "sensor1"},
		{"client", "tags=house", "sensor1"},
		{"app", "tags=mansion", ""},
		{"lister", "tags=house", "sensor1 sensor2"},
	} {
		var got struct {
			Total   int
			Results []struct{ Name string }
		}
		query := strings.NewReplacer(" ", "%20", "^", "%5E", "$", "%24").Replace(tt.query)
		e.asks(tt.key, "GET", "/devices?"+query, "", 200, &got)
		var names []string
		for _, r := range got.Results {
			names = append(names, strings.Replace(r.Name, "_dev_100000000000000003", "disabled1", 1))
		}
		slices.Sort(names)
		if list := strings.Join(names, " "); list != tt.want || got.Total != len(names) {
			t.Errorf("%s %s: got %q of %d, want %q", tt.key, tt.query, list, got.Total, tt.want)
		}
	}
	for _, tt := range []struct{ key, query, want string }{
		{"admin", "tags=a,,b", "tags: got"}, {"admin", "tags=^", "tags: got"}, {"admin", "tags=-a^", "tags: got"},
		{"admin", "prop=temperature,eq", "prop: got"}, {"admin", "prop=,eq,1", "prop: got"}, {"admin", "prop=temperature,like,1", "prop: got the operator"},
	} {
		status, text := e.ask(tt.key, "GET", "/devices?"+url.PathEscape(tt.query), "")
		if status != 400 || !strings.Contains(text, tt.want) {
			t.Errorf("%s: got %d %s, want 400 and %s", tt.query, status, text, tt.want)
		}
	}
	if status, _ := e.ask("lister", "GET", "/devices?prop=temperature,gt,0", ""); status != 401 {
		t.Errorf("values for who may not read them: got %d, want 401", status)
	}
	var page struct{ Total, ItemCount, NumOfPages int }
	e.asks("admin", "GET", "/devices?is_a=mysensor&pageSize=2&pageNo=2", "", 200, &page)
	if page.Total != 3 || page.ItemCount != 1 || page.NumOfPages != 2 {
		t.Errorf("got %+v, want the second page of three devices", page)
	}
}

// TestFiltersAreQueries: who lists devices by values waits for his turn as for a query,
// and a list ends with the time that a query has.
func TestFiltersAreQueries(t *testing.T) {
	e := openEstate(t, false)
	e.key("one", access.KeyRecord{Role: access.Admin, Limits: access.Limits{Queries: 1}})
	r := httptest.NewRequest("GET", Prefix+"/devices", nil)
	who, err := e.guard.Login(r.Context(), e.keys["one"].ID, e.keys["one"].Secret)
	e.must(err)
	release, err := access.Turn(access.With(r.Context(), who))
	e.must(err)
	for query, want := range map[string]int{"": 200, "tags=house": 200, "prop=nosuch,eq,1": 504} {
		patience := time.Minute
		if want == 504 { // it waits in vain
			patience = 100 * time.Millisecond
		}
		late, stop := context.WithTimeout(t.Context(), patience)
		r := httptest.NewRequestWithContext(late, "GET", Prefix+"/devices?"+query, nil)
		r.SetBasicAuth(e.keys["one"].ID, e.keys["one"].Secret)
		rec := httptest.NewRecorder()
		e.http.ServeHTTP(rec, r)
		if stop(); rec.Code != want {
			t.Errorf("%s: got %d %s, want %d", query, rec.Code, rec.Body, want)
		}
	}
	release()
	e.p.Engine = query.New(query.Config{Limits: query.Limits{Timeout: time.Nanosecond}})
	for _, query := range []string{"tags=house", "prop=nosuch,eq,1"} {
		if status, text := e.ask("admin", "GET", "/devices?"+query, ""); status != 504 || !strings.Contains(text, "query.timeout") {
			t.Errorf("%s: got %d %s, want 504 and the limit", query, status, text)
		}
	}
}

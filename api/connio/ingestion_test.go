package connio

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"aion/api/access"
	"aion/query/fleet"
)

// planned is an estate whose organization has a plan for its devices.
func planned(t *testing.T, plan access.Ingestion) *estate {
	e := openEstate(t, true)
	_, err := e.guard.Organizations.Create(access.With(t.Context(), access.Everyone()), access.Organization{ID: "home", Ingestion: plan})
	e.must(err)
	return e
}

// may has a device say how much it may feed.
func (e *estate) may(device string, own fleet.Ingestion) {
	e.t.Helper()
	_, err := e.fleet.Change(e.t.Context(), "home", device, func(d *fleet.Device) error { d.Ingestion = own; return nil })
	e.must(err)
}

// TestIngestionShown: the header of a state says how much the device may feed: as its
// own record says, else its organization's plan, else any amount.
func TestIngestionShown(t *testing.T) {
	tests := []struct {
		name string
		plan access.Ingestion
		own  fleet.Ingestion
		want string
	}{
		{"nothing said", access.Ingestion{}, fleet.Ingestion{}, `"ingestion":{"rateLimit":-1,"maxNrOfDpPerFeed":-1}`},
		{"the plan", access.Ingestion{RateLimit: 60, MaxPoints: 100}, fleet.Ingestion{}, `"ingestion":{"rateLimit":60,"maxNrOfDpPerFeed":100}`},
		{"the device's own", access.Ingestion{RateLimit: 60, MaxPoints: 100}, fleet.Ingestion{RateLimit: 90}, `"ingestion":{"rateLimit":90,"maxNrOfDpPerFeed":100}`},
		{"a device without bounds", access.Ingestion{RateLimit: 60, MaxPoints: 100}, fleet.Ingestion{RateLimit: -1, MaxPoints: -1}, `"ingestion":{"rateLimit":-1,"maxNrOfDpPerFeed":-1}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := planned(t, tt.plan)
			e.may("_dev_100000000000000001", tt.own)
			for _, key := range []string{"device", "admin"} {
				if status, got := e.ask(key, "GET", "/data/devices/_dev_100000000000000001/state?meta=false&stats=false", ""); status != 200 || !strings.Contains(got, tt.want) {
					t.Errorf("%s: got %d %s, want %s", key, status, got, tt.want)
				}
			}
		})
	}
}

// TestIngestionSize: a feed of more points than a device may send at once is told
// so, whatever its shape, and nothing of it is stored or learned.
func TestIngestionSize(t *testing.T) {
	const one, many, all = "/data/devices/plain/properties/level", "/data/devices/plain/properties", "/data/devices/plain"
	three := `[` + dp(1, `"v":1,"prop":"level"`) + "," + dp(2, `"v":2,"prop":"level"`) + "," + dp(3, `"v":null`) + `]`
	two := `[` + dp(1, `"v":1,"prop":"level"`) + "," + dp(2, `"v":2,"prop":"level"`) + `]`
	tests := []struct {
		name, path, body string
		status           int
		want, stored     string
	}{
		{"one property", one, `{"dps":` + three + `}`, 400, `"cause":"dps: got 3 data points, and ingestion.maxNrOfDpPerFeed is 2"`, ""},
		{"one property, by a method", one + "?_method=POST", `{"dps":` + three + `}`, 400, `"cause":"dps: got 3 `, ""},
		{"short path", "/data/properties/level", `{"dps":` + three + `}`, 400, `"cause":"dps: got 3 `, ""},
		{"several properties", many, `{"dps":` + three + `}`, 400, `"cause":"dps: got 3 `, ""},
		{"several properties, short path", "/data/properties?_method=post", `{"dps":` + three + `}`, 400, `"cause":"dps: got 3 `, ""},
		{"values", all, `{"level":1,"b":2,"c":3}`, 400, `"cause":"body: got 3 data points, and ingestion.maxNrOfDpPerFeed is 2"`, ""},
		{"values, short path", "/data", `{"level":1,"b":2,"c":3}`, 400, `"cause":"body: got 3 `, ""},
		{"as many as may be", one, `{"dps":` + two + `}`, 200, `"accepted":2`, "1=l1 2=l2"},
		{"several as may be", many, `{"dps":` + two + `}`, 200, `"accepted":2`, "1=l1 2=l2"},
		{"values as may be", all, `{"level":1,"b":2}`, 200, `"accepted":2`, "86400=l1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := planned(t, access.Ingestion{MaxPoints: 2})
			status, got := e.ask("plain", "POST", tt.path, tt.body)
			if status != tt.status || !strings.Contains(got, tt.want) || status == 400 && !strings.Contains(got, `"code":"BadRequest"`) {
				t.Errorf("got %d %s, want %d %s", status, got, tt.status, tt.want)
			}
			if got := e.stored("level"); got != tt.stored {
				t.Errorf("got stored %s, want %s", got, tt.stored)
			}
			d, err := e.fleet.Device(t.Context(), "home", "plain")
			e.must(err)
			if tt.status == 400 && len(d.Properties) != 0 {
				t.Errorf("got properties %v, want none", d.Properties)
			}
		})
	}
}

// TestIngestionRate: a device that has sent its feeds of a minute is told to wait,
// whoever sends in its name and in which shape, and may go on when time has passed;
// other devices and questions are not counted.
func TestIngestionRate(t *testing.T) {
	e := planned(t, access.Ingestion{RateLimit: 4})
	e.may("_dev_100000000000000002", fleet.Ingestion{RateLimit: -1})
	const one = "/data/devices/sensor1/properties"
	feed := func(second int) string { return `{"dps":[` + dp(second, `"v":1,"prop":"setpoint"`) + `]}` }
	send := func(key, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", Prefix+path, strings.NewReader(body))
		r.SetBasicAuth(e.keys[key].ID, e.keys[key].Secret)
		rec := httptest.NewRecorder()
		e.http.ServeHTTP(rec, r)
		return rec
	}
	wants := func(status int, key, path, body string) *httptest.ResponseRecorder {
		t.Helper()
		rec := send(key, path, body)
		if rec.Code != status {
			t.Fatalf("%s %s: got %d %s, want %d", key, path, rec.Code, rec.Body, status)
		}
		return rec
	}
	wants(200, "device", "/data/properties", feed(1))
	wants(200, "client", one+"/setpoint", feed(2))
	wants(200, "device", one+"?_method=POST", feed(3))
	wants(400, "device", "/data", `[]`) // which counts, too
	for i, path := range []string{one, one + "/setpoint", "/data/devices/sensor1", "/data", "/data/properties", "/data/properties/setpoint?_method=POST"} {
		rec := wants(http.StatusTooManyRequests, "device", path, feed(10+i))
		const want = `"code":"TooManyRequests","cause":"too many feeds: ingestion.rateLimit of the device is 4 a minute"`
		if after := rec.Header().Get("Retry-After"); after != "15" || !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%s: got %s, Retry-After %q, want %s after 15", path, rec.Body, after, want)
		}
	}
	wants(200, "device", one+"/setpoint/query", `{}`)
	wants(200, "device", one+"/setpoint", `{"limit":1}`)
	wants(200, "plain", "/data", `{"level":1}`)
	for range 9 {
		wants(200, "admin", "/data/devices/sensor2", `{"setpoint":1}`)
	}
	if got := e.stored("setpoint"); got != "1=l1 2=l1 3=l1 86400=l1" {
		t.Errorf("got %s, want what was sent before", got)
	}
	e.mu.Lock()
	e.now = e.now.Add(15 * time.Second)
	e.mu.Unlock()
	wants(200, "client", one, feed(20))
	wants(http.StatusTooManyRequests, "client", one, feed(21))
	e.may("_dev_100000000000000001", fleet.Ingestion{RateLimit: -1})
	wants(200, "client", one, feed(22))
}

// TestIngestionOfApps: an app's own feeds are bounded by the plan of its
// organization.
func TestIngestionOfApps(t *testing.T) {
	e := planned(t, access.Ingestion{RateLimit: 1, MaxPoints: 1})
	feed := func(points string) string { return fmt.Sprintf(`{"prop":"alarms","dps":[%s]}`, points) }
	e.asks("app", "POST", "/data/apps/monitor/properties", feed(dp(1, `"v":1`)), 200, nil)
	e.asks("app", "POST", "/data/apps/monitor/properties", feed(dp(2, `"v":1`)), 429, nil)
	e.mu.Lock()
	e.now = e.now.Add(time.Minute)
	e.mu.Unlock()
	e.asks("app", "POST", "/data/apps/monitor/properties", feed(dp(2, `"v":1`)+","+dp(3, `"v":1`)), 400, nil)
	if got := e.stored("alarms"); got != "1=l1" {
		t.Errorf("got %s, want 1=l1", got)
	}
}

// TestIngestionOfOthers: who may not write into a device takes none of its feeds away
// from it.
func TestIngestionOfOthers(t *testing.T) {
	e := planned(t, access.Ingestion{RateLimit: 2})
	_, err := e.fleet.CreateProfile(t.Context(), "home", fleet.Profile{Name: "Safe", Properties: []fleet.Property{{Name: "pin", Type: "number", Access: "private"}}})
	e.must(err)
	const id = "_dev_100000000000000001"
	const one, feed = "/data/devices/" + id + "/properties", `{"dps":[{"v":1,"prop":"pin"}]}`
	for range 3 {
		e.asks("client", "POST", one+"/pin", feed, 401, nil)
		e.asks("client", "POST", one+"/nosuch", feed, 404, nil)
	}
	_, err = e.fleet.Change(t.Context(), "home", id, func(d *fleet.Device) error { d.Profile = "safe"; return nil })
	e.must(err)
	for range 3 {
		e.asks("client", "POST", one, feed, 200, nil) // of which nothing is taken
		e.asks("client", "POST", "/data/devices/"+id, `{"pin":1}`, 200, nil)
	}
	e.asks("device", "POST", one+"/pin", feed, 200, nil)
	e.asks("device", "POST", one, feed, 200, nil)
	e.asks("device", "POST", one, feed, 429, nil)
}

package connio

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// dp is a data point at a second of 2017-05-01, with the members that follow.
func dp(second int, rest string) string {
	at := time.Date(2017, 5, 1, 0, 0, second, 0, time.UTC).Format(time.RFC3339)
	return fmt.Sprintf(`{"t":%q,%s}`, at, rest)
}

// TestFeeds: what feeds of all shapes are answered, and what is stored of them.
func TestFeeds(t *testing.T) {
	const one, many, all = "/data/devices/_this_/properties/", "/data/devices/sensor1/properties", "/data/devices/sensor1"
	long := strings.Repeat("x", 1024)
	tests := []struct {
		name, key, path, body string
		want                  string // the receipt, or the status
		metric, stored        string
	}{
		{"two points", "device", one + "temperature", `{"dps":[` + dp(17, `"v":23.45`) + "," + dp(23, `"v":22`) + "]}", "2/0", "temperature", "17=d23.45 23=l22"},
		{"deltas", "device", one + "temperature", `{"tags":["x"],"t":"2017-05-01T00:00:37.645Z","dps":[{"tt":-70,"v":1},{"v":2},{"tt":130.7,"v":3},{"tt":null,"v":2.5,"t":"2017-05-01T00:00:01-00:30"}]}`, "4/0", "temperature", "37.575=l1 37.645=l2 37.775=l3 1801=d2.5"},
		{"base behind the points", "device", one + "temperature", `{"dps":[{"tt":1000,"v":1}],"t":"2017-05-01T00:00:00Z"}`, "1/0", "temperature", "1=l1"},
		{"no time at all", "device", one + "temperature", `{"dps":[{"v":1},{"tt":5000,"v":2}]}`, "2/0", "temperature", "86400=l1 86405=l2"},
		{"bad base time", "device", one + "temperature", `{"t":"2017-05-01T00:00:00","dps":[{"v":1},` + dp(5, `"v":2`) + `]}`, "1/1", "temperature", "5=l2"},
		{"base time a number", "device", one + "temperature", `{"t":5,"dps":[{"tt":1,"v":1}]}`, "0/1", "temperature", ""},
		{"delta a text", "device", one + "temperature", `{"dps":[{"tt":"1","v":1}]}`, "0/1", "temperature", ""},
		{"own time wins", "device", one + "temperature", `{"t":"2017-05-01T00:01:00Z","dps":[{"t":"2017-05-01T00:00:07Z","tt":1000,"v":1}]}`, "1/0", "temperature", "7=l1"},
		{"no zone designator", "device", one + "temperature", `{"dps":[{"t":"2017-05-01T00:00:17","v":1},` + dp(18, `"v":2`) + `]}`, "1/1", "temperature", "18=l2"},
		{"last of an instant", "device", one + "temperature", `{"dps":[` + dp(1, `"v":1`) + "," + dp(0, `"v":7`) + "," + dp(1, `"v":2.5`) + `]}`, "3/0", "temperature", "0=l7 1=d2.5"},
		{"not numbers", "device", one + "temperature", `{"dps":[` + dp(1, `"v":"1"`) + "," + dp(2, `"v":true`) + "," + dp(3, `"v":null`) + "," + dp(4, `"v":1e999`) + "," + dp(5, `"w":1`) + `,7,null,[]]}`, "0/8", "temperature", ""},
		{"exponents", "device", one + "temperature", `{"dps":[` + dp(1, `"v":5e0`) + "," + dp(2, `"v":1e-5`) + "," + dp(3, `"v":5.0`) + "," + dp(4, `"v":-0`) + `]}`, "4/0", "temperature", "1=l5 2=d1e-05 3=d5 4=l0"},
		{"boundaries", "device", one + "bounded", `{"dps":[` + dp(1, `"v":-25.5`) + "," + dp(2, `"v":65.5`) + "," + dp(3, `"v":65.6`) + "," + dp(4, `"v":"hot"`) + `]}`, "2/2", "bounded", "1=d-25.5 2=d65.5"},
		{"booleans", "device", one + "ON", `{"dps":[` + dp(1, `"v":true`) + "," + dp(2, `"v":false`) + "," + dp(3, `"v":1`) + "," + dp(4, `"v":"true"`) + `]}`, "2/2", "on", "1=l1 2=l0"},
		{"texts", "device", one + "mode", `{"dps":[` + dp(1, `"v":"`+long+`"`) + "," + dp(2, `"v":"`+long+`y"`) + "," + dp(3, `"v":"\u00e9\n"`) + "," + dp(4, `"v":1`) + `]}`, "2/2", "mode", "1=s" + long + " 3=sé\n"},
		{"enumeration", "device", one + "state", `{"dps":[` + dp(1, `"v":"on"`) + "," + dp(2, `"v":2`) + "," + dp(3, `"v":"`+strings.Repeat("é", 64)+`"`) + "," + dp(4, `"v":"`+strings.Repeat("e", 65)+`"`) + "," + dp(5, `"v":true`) + `]}`, "3/2", "state", "1=son 2=l2 3=s" + strings.Repeat("é", 64)},
		{"objects", "device", one + "config", `{"dps":[` + dp(1, `"v":{"a": [1, 2]}`) + "," + dp(2, `"v":[ 1 ]`) + "," + dp(3, `"v":"{}"`) + "," + dp(4, `"v":"`+strings.Repeat("a", 300<<10)+`"`) + `]}`, "2/2", "config", `1=s{"a":[1,2]} 2=s[1]`},
		{"object too large", "device", one + "config", `{"dps":[` + dp(1, `"v":["`+strings.Repeat("a", 300<<10-4)+`"]`) + "," + dp(2, `"v":["`+strings.Repeat("a", 300<<10-3)+`"]`) + `]}`, "1/1", "config", `1=s["` + strings.Repeat("a", 300<<10-4) + `"]`},
		{"waypoints", "device", one + "trip", `{"dps":[` + dp(1, `"v":{"geo":{"lat":49.35,"lon":-123.07}}`) + "," + dp(2, `"v":{"zone":"a"}`) + "," + dp(3, `"v":{"lat":1,"lon":2}`) + "," + dp(4, `"v":{"geo":{"lat":91,"lon":0}}`) + "," + dp(5, `"v":{}`) + "," + dp(6, `"v":{"lat":1}`) + `]}`, "3/3", "trip", `1=s{"geo":{"lat":49.35,"lon":-123.07}} 2=s{"zone":"a"} 3=s{"lat":1,"lon":2}`},
		{"type of the first value", "device", one + "any", `{"dps":[` + dp(1, `"v":true`) + "," + dp(2, `"v":2`) + `]}`, "1/1", "any", "1=l1"},
		{"annotations", "device", one + "temperature", `{"ann":{"a":"` + strings.Repeat("é", 128) + `"},"dps":[` + dp(1, `"v":1`) + "," + dp(2, `"v":1,"ann":{"a":1}`) + "," + dp(3, `"v":1,"ann":{"a":"`+strings.Repeat("é", 129)+`"}`) + "," + dp(4, `"v":1,"ann":[]`) + "," + dp(5, `"v":1,"ann":{"1":"","2":"","3":"","4":"","5":"","6":"","7":"","8":"","9":"","10":"","11":""}`) + `]}`, "1/4", "temperature", "1=l1"},
		{"annotations of the feed", "device", one + "temperature", `{"ann":{"a":1},"dps":[` + dp(1, `"v":1`) + "," + dp(2, `"v":1,"ann":{"a":"b"}`) + `]}`, "1/1", "temperature", "2=l1"},
		{"no points", "device", one + "temperature", `{"dps":[]}`, "0/0", "temperature", ""},
		{"another property", "device", one + "temperature", `{"dps":[` + dp(1, `"v":1,"prop":"humidity"`) + "," + dp(2, `"v":1,"prop":"MySensor$Temperature"`) + `]}`, "1/1", "temperature", "2=l1"},
		{"by id", "device", one + "_prp_200000000000000001", `{"dps":[` + dp(1, `"v":1`) + `]}`, "1/0", "temperature", "1=l1"},
		{"several properties", "device", many, `{"prop":"temperature","dps":[` + dp(1, `"v":1`) + "," + dp(2, `"v":2,"prop":"mysensor$humidity"`) + "," + dp(3, `"v":3,"prop":"nosuch"`) + "," + dp(4, `"v":4,"prop":7`) + `]}`, "2/2", "humidity", "2=l2"},
		{"no property", "device", many, `{"dps":[` + dp(1, `"v":1`) + `]}`, "0/1", "temperature", ""},
		{"short path", "device", "/data/properties", `{"dps":[` + dp(1, `"v":1,"prop":"temperature"`) + `]}`, "1/0", "temperature", "1=l1"},
		{"values", "device", all, `{"temperature":23.3,"mode":"Some value","nosuch":1,"humidity":null}`, "2/2", "temperature", "86400=d23.3"},
		{"values, short path", "device", "/data", `{"temperature":23.3}`, "1/0", "temperature", "86400=d23.3"},
		{"client", "client", many, `{"dps":[` + dp(1, `"v":1,"prop":"setpoint"`) + "," + dp(2, `"v":2,"prop":"pin"`) + "," + dp(3, `"v":"x","prop":"serial"`) + `]}`, "1/2", "setpoint", "1=l1"},
		{"a device's private property", "device", one + "pin", `{"dps":[` + dp(1, `"v":1`) + `]}`, "1/0", "pin", "1=l1"},
		{"app", "app", "/data/apps/monitor/properties", `{"dps":[` + dp(1, `"v":1,"prop":"alarms"`) + `]}`, "1/0", "alarms", "1=l1"},
		{"device of an app", "app", all, `{"temperature":1}`, "1/0", "temperature", "86400=l1"},
		{"no list of points", "device", many, `{"dps":{}}`, "400 dps: want an array", "temperature", ""},
		{"not a feed", "device", many, `[]`, "400 dps: want an array", "temperature", ""},
		{"not JSON", "device", many, `{"dps":[` + dp(1, `"v":1,"prop":"temperature"`) + `}`, "400 body: it is not JSON", "temperature", ""},
		{"nothing", "device", many, ``, "400 body: it is not JSON", "temperature", ""},
		{"values in a list", "device", all, `[1]`, "400 body: want an object", "temperature", ""},
		{"disabled", "disabled", "/data/devices/_this_/properties", `{"dps":[]}`, "403 the device is disabled", "temperature", ""},
		{"no scope", "reader", many, `{"dps":[]}`, "401 the scope device:write-data", "temperature", ""},
		{"outside", "client", "/data/devices/sensor2/properties", `{"dps":[]}`, "401 it is not in the context", "temperature", ""},
		{"nobody", "", many, `{"dps":[]}`, "401 credentials", "temperature", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := openEstate(t, false)
			status, text := e.ask(tt.key, "POST", tt.path, tt.body)
			var got receipt
			_, err := fmt.Sscanf(text, `{"accepted":%d,"rejected":%d}`, &got.accepted, &got.rejected)
			receipt := fmt.Sprintf("%d/%d", got.accepted, got.rejected)
			if tt.want[1] == '/' && (status != 200 || err != nil || receipt != tt.want) {
				t.Errorf("got %d %s, want %s", status, text, tt.want)
			}
			code, cause, refused := strings.Cut(tt.want, " ")
			if refused && (fmt.Sprint(status) != code || !strings.Contains(text, `"cause":"`+cause)) {
				t.Errorf("got %d %s, want %s", status, text, tt.want)
			}
			if got := e.stored(tt.metric); got != tt.stored {
				t.Errorf("got stored %.200s, want %.200s", got, tt.stored)
			}
		})
	}
}

// TestFeedTags: who writes is told by the tags, and a value of an instant replaces
// that of another source.
func TestFeedTags(t *testing.T) {
	e := openEstate(t, false)
	const path = "/data/devices/sensor1/properties"
	feed := func(v int) string { return fmt.Sprintf(`{"dps":[`+dp(1, `"v":%d,"prop":"temperature"`)+`]}`, v) }
	e.asks("device", "POST", path, feed(1), 200, nil)
	const device = "device=_dev_100000000000000001,profile=mysensor,protocol=rest,source="
	if got := e.tagsOf("temperature"); got != device+"object" {
		t.Errorf("got %s, want %sobject", got, device)
	}
	e.asks("client", "POST", path, feed(2), 200, nil)
	if got := e.stored("temperature"); got != "1=l2" {
		t.Errorf("got %s, want the client's value alone", got)
	}
	if got := e.tagsOf("temperature"); !strings.Contains(got, device+"external_client") {
		t.Errorf("got %s, want also %sexternal_client", got, device)
	}
}

// TestRetention: what is stored of feeds, one after the other, under the rules of
// properties. All points count as accepted.
func TestRetention(t *testing.T) {
	tests := []struct {
		property string
		feeds    []string // seconds=values
		want     string
	}{
		{"lastonly", []string{"1=1 2=2"}, "2=l2"},
		{"lastonly", []string{"1=1", "5=2", "3=7", "5=3"}, "5=l3"},
		{"few", []string{"1=1 2=2 3=3", "4=4"}, "2=l2 3=l3 4=l4"},
		{"few", []string{"1=1 2=2 3=3 4=4 5=5", "0=9"}, "3=l3 4=l4 5=l5"},
		{"few", []string{"1=1 2=2 3=3", "3=4.5", "2=7"}, "1=l1 2=l7 3=d4.5"},
		{"short", []string{"-86401=1 -86400=2 1=3"}, "-86400=l2 1=l3"},
		{"changed", []string{"1=1 2=1 3=2 4=2.0 5=1"}, "1=l1 3=l2 5=l1"},
		{"changed", []string{"1=1", "2=1", "5=2", "3=1 4=2", "5=1", "1=3"}, "1=l3 4=l2 5=l1"},
		{"changed", []string{`1="a" 2="a" 3="b"`, `4="b" 5="c"`}, "1=sa 3=sb 5=sc"},
		{"changed", []string{`1=true 2=true 3=false`}, "1=l1 3=l0"},
		{"tenth", []string{"1=100 2=105 3=110 4=111 5=99.9 6=99.8"}, "1=l100 4=l111 6=d99.8"},
		{"tenth", []string{"1=1.0 2=1.1 3=1.11"}, "1=d1 3=d1.11"},
		{"tenth", []string{"1=0 2=0 3=0.001 4=0", "5=-100 6=-90 7=-110.5"}, "1=l0 3=d0.001 4=l0 5=l-100 7=d-110.5"},
	}
	for _, tt := range tests {
		t.Run(tt.property+" "+strings.Join(tt.feeds, ", "), func(t *testing.T) {
			e := openEstate(t, false)
			for _, feed := range tt.feeds {
				var dps []string
				for _, point := range strings.Fields(feed) {
					var second int
					at, v, _ := strings.Cut(point, "=")
					if _, err := fmt.Sscan(at, &second); err != nil {
						t.Fatal(err)
					}
					dps = append(dps, dp(second, `"v":`+v))
				}
				want := fmt.Sprintf(`{"accepted":%d,"rejected":0}`, len(dps))
				if status, got := e.ask("device", "POST", "/data/properties/"+tt.property, `{"dps":[`+strings.Join(dps, ",")+`]}`); got != want {
					t.Errorf("got %d %s, want %s", status, got, want)
				}
			}
			if got := e.stored(tt.property); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestRetentionAtOnce: of many who write one value at once under a condition, one
// stores it, and of those who write values of which one is kept the last one does.
func TestRetentionAtOnce(t *testing.T) {
	e := openEstate(t, false)
	for round := range 20 {
		before := e.store.puts.Load()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				e.ask("device", "POST", "/data/properties/changed", `{"dps":[`+dp(round, fmt.Sprintf(`"v":%d`, round))+"]}")
			})
		}
		all.Wait()
		if got := e.store.puts.Load() - before; got != 1 {
			t.Errorf("round %d: got %d points stored, want 1", round, got)
		}
	}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			e.ask("device", "POST", "/data/properties/lastonly", `{"dps":[`+dp(i, `"v":1`)+"]}")
		})
	}
	all.Wait()
	if got := e.stored("lastonly"); got != "19=l1" {
		t.Errorf("got %s, want the last point", got)
	}
}

// TestLearned: a device without a profile has the properties that are written to
// it, if records come with what is written.
func TestLearned(t *testing.T) {
	for _, auto := range []bool{true, false} {
		e := openEstate(t, auto)
		_, text := e.ask("plain", "POST", "/data", `{"Door": true, "level": 5, "none": null, "$": 1, "other$x": 2}`)
		want := `{"accepted":0,"rejected":5}`
		if auto {
			want = `{"accepted":2,"rejected":3}`
		}
		if text != want {
			t.Errorf("auto %t: got %s, want %s", auto, text, want)
		}
		d, err := e.fleet.Device(t.Context(), "", "plain")
		e.must(err)
		var got []string
		for _, p := range d.Properties {
			got = append(got, p.Name+" "+p.Type+" "+p.Access)
		}
		if wanted := "Door boolean public,level number public"; auto && strings.Join(got, ",") != wanted || !auto && got != nil {
			t.Errorf("auto %t: got %s, want %s", auto, got, wanted)
		}
	}
}

package connio

import (
	"fmt"
	"strings"
	"testing"
)

// TestBoundaries: of each kind of boundaries, by the type of the property, the values
// that are taken and those that are not.
func TestBoundaries(t *testing.T) {
	const fence = `{"lat":57.7,"lon":11.97,"radius":5,"inside":`
	tests := []struct {
		name, kind, boundaries string
		values                 []string
		want                   string // a letter for each value: taken or not
	}{
		{"a range", "number", `{"min":-25.5,"max":65.5}`, []string{"-25.5", "65.5", "-25.6", "65.51", `"1"`}, "ttnnn"},
		{"half a range", "number", `{"min":0}`, []string{"0", "1e300", "-0.1"}, "ttn"},
		{"bytes of a text", "string", `{"size":4}`, []string{`"abcd"`, `"éé"`, `"abcde"`, `"ééé"`, `""`}, "ttnnt"},
		{"no more than any text", "string", `{"size":250000}`, []string{`"` + strings.Repeat("x", 1024) + `"`, `"` + strings.Repeat("x", 1025) + `"`}, "tn"},
		{"bytes of an object", "object", `{"size":7}`, []string{`{"a": 1}`, `[1, 2, 3]`, `{"a":12}`, `[ ]`}, "ttnt"},
		{"words", "enum", `{"enum":{"set":["start","stop"]}}`, []string{`"start"`, `"stop"`, `"Start"`, `"pause"`, "1"}, "ttnnn"},
		{"numbers", "enum", `{"enum":{"set":[1,2,3]}}`, []string{"1", "3.0", `"1"`, "4"}, "ttnn"},
		{"a set by itself", "enum", `{"set":["on",0]}`, []string{`"on"`, "0", "-0", `"0"`}, "tttn"},
		{"inside", "waypoint", fence + `true}`, []string{`{"geo":{"lat":57.7,"lon":11.97}}`, `{"lat":57.74,"lon":11.97}`, `{"lat":57.75,"lon":11.97}`, `{"zone":"home"}`, `{"lat":-57.7,"lon":11.97}`}, "ttnnn"},
		{"outside", "waypoint", fence + `false}`, []string{`{"geo":{"lat":57.7,"lon":11.97}}`, `{"lat":57.75,"lon":11.97}`, `{"zone":"home"}`}, "ntn"},
		{"over the date line", "waypoint", `{"lat":0,"lon":179.99,"radius":5}`, []string{`{"lat":0,"lon":-179.99}`, `{"lat":0,"lon":179.9}`, `{"lat":0,"lon":-179.9}`}, "tnn"},
		{"type of the first value", "", `{"size":4}`, []string{`"abc"`, `"abcde"`, "1"}, "tnn"},
		{"a number first", "", `{"size":4}`, []string{"12345", `"abcd"`}, "nt"},
		{"nothing bounded", "", `{}`, []string{`"abc"`, "1"}, "tn"},
		{"type of a set", "", `{"enum":{"set":["a",1]}}`, []string{"1", `"a"`, "2"}, "ttn"},
		{"type of a fence", "", fence + `true}`, []string{`{"lat":57.7,"lon":11.97}`, "1"}, "tn"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := openEstate(t, false)
			property := fmt.Sprintf(`{"name":"kept","type":%q,"boundaries":%s}`, tt.kind, tt.boundaries)
			e.asks("admin", "POST", "/deviceprofiles/mysensor/properties", strings.Replace(property, `"type":"",`, "", 1), 200, nil)
			for i, v := range tt.values {
				want := `{"accepted":0,"rejected":1}`
				if tt.want[i] == 't' {
					want = `{"accepted":1,"rejected":0}`
				}
				if status, got := e.ask("device", "POST", "/data/properties/kept", `{"dps":[`+dp(i, `"v":`+v)+`]}`); got != want {
					t.Errorf("%.40s: got %d %s, want %s", v, status, got, want)
				}
			}
			if got, want := len(strings.Fields(e.stored("kept"))), strings.Count(tt.want, "t"); got < want {
				t.Errorf("got %d points stored, want %d", got, want)
			}
		})
	}
}

// TestBoundariesSaid: boundaries are shown as they were given, and what is wrong with
// them is told by its name.
func TestBoundariesSaid(t *testing.T) {
	many := `["` + strings.Repeat(`x","`, 100) + `x"]`
	tests := []struct {
		kind, boundaries string
		status           int
		has              string
	}{
		{"number", `{"min":"1","max":2}`, 200, `"boundaries":{"min":1,"max":2}`},
		{"string", `{"size":250000}`, 200, `"boundaries":{"size":250000}`},
		{"enum", `{"enum":{"set":["start","stop",3]}}`, 200, `"boundaries":{"enum":{"set":["start","stop",3]}}`},
		{"enum", `{"set":[1]}`, 200, `"boundaries":{"enum":{"set":[1]}}`},
		{"waypoint", `{"lat":34.7587,"lon":49.9999,"radius":50,"inside":true}`, 200, `"boundaries":{"lat":34.7587,"lon":49.9999,"radius":50,"inside":true}`},
		{"waypoint", `{"lat":34.7587,"lon":49.9999,"radius":50}`, 200, `"boundaries":{"lat":34.7587,"lon":49.9999,"radius":50}`},
		{"number", `{"min":2,"max":1}`, 400, "boundaries: min is above max"},
		{"number", `[]`, 400, "boundaries: got [], want an object"},
		{"string", `{"size":0}`, 400, "boundaries.size: got 0, want an integer from 1 on"},
		{"string", `{"size":-1}`, 400, "boundaries.size: got -1, want an integer from 1 on"},
		{"string", `{"size":"big"}`, 400, `boundaries.size: got \"big\", want an integer from 1 on`},
		{"enum", `{"enum":["a"]}`, 400, `boundaries.enum: got [\"a\"], want an object`},
		{"enum", `{"enum":{"set":"a"}}`, 400, `boundaries.enum.set: got \"a\", want an array`},
		{"enum", `{"enum":{"set":[]}}`, 400, `boundaries.enum.set: it is missing`},
		{"enum", `{"enum":{}}`, 400, `boundaries.enum.set: it is missing`},
		{"enum", `{"enum":{"set":["a",true]}}`, 400, `boundaries.enum.set[1]: got true, want a text or a number`},
		{"enum", `{"enum":{"set":["` + strings.Repeat("x", 65) + `"]}}`, 400, `boundaries.enum.set[0]: it has 65 characters, and at most 64 are kept`},
		{"enum", `{"enum":{"set":` + many + `}}`, 400, `boundaries.enum.set: there are 101, and at most 100 are kept`},
		{"waypoint", `{"lat":1,"lon":2}`, 400, `boundaries: want lat, lon and radius`},
		{"waypoint", `{"inside":true}`, 400, `boundaries: want lat, lon and radius`},
		{"waypoint", `{"lat":91,"lon":2,"radius":1}`, 400, `boundaries.lat: got 91, want -90 to 90`},
		{"waypoint", `{"lat":1,"lon":-181,"radius":1}`, 400, `boundaries.lon: got -181, want -180 to 180`},
		{"waypoint", `{"lat":1,"lon":2,"radius":0}`, 400, `boundaries.radius: got 0, want kilometers, more than none`},
		{"waypoint", `{"lat":1,"lon":2,"radius":1,"inside":"perhaps"}`, 400, `boundaries.inside: got \"perhaps\", want true or false`},
	}
	e := openEstate(t, false)
	for i, tt := range tests {
		property := fmt.Sprintf(`{"name":"p%d","type":%q,"boundaries":%s}`, i, tt.kind, tt.boundaries)
		status, got := e.ask("admin", "POST", "/deviceprofiles/mysensor/properties", property)
		if status != tt.status || !strings.Contains(got, tt.has) {
			t.Errorf("%.100s: got %d %s, want %d %s", property, status, got, tt.status, tt.has)
		}
	}
}

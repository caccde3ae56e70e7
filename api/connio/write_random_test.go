package connio

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"
)

// naiveFeed is what feeds of a few shapes come to, by the rules as they are
// written down: what is stored of each property, by time.
type naiveFeed struct {
	stored             map[string]map[int64]string
	accepted, rejected int
}

// take takes one point.
func (n *naiveFeed) take(property string, at time.Time, timed bool, v any) {
	text, fits := naiveValue(property, v)
	if !timed || !fits {
		n.rejected++
		return
	}
	n.accepted++
	if n.stored[property] == nil {
		n.stored[property] = map[int64]string{}
	}
	since := at.UnixMilli() - time.Date(2017, 5, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	n.stored[property][since] = text
}

// naiveValue is a value as it is stored, and whether the property takes it.
func naiveValue(property string, v any) (string, bool) {
	switch property {
	case "temperature", "humidity", "bounded":
		number, ok := v.(json.Number)
		if !ok {
			return "", false
		}
		f, _ := number.Float64()
		if property == "bounded" && (f < -25.5 || f > 65.5) {
			return "", false
		}
		if strings.Contains(number.String(), ".") {
			return "d" + strconv.FormatFloat(f, 'g', -1, 64), true
		}
		return "l" + number.String(), true
	case "mode":
		text, ok := v.(string)
		return "s" + text, ok
	case "on":
		is, ok := v.(bool)
		return map[bool]string{true: "l1", false: "l0"}[is], ok
	}
	return "", false
}

// text prints what is stored of a property as stored does.
func (n *naiveFeed) text(property string) string {
	var times []int64
	for at := range n.stored[property] {
		times = append(times, at)
	}
	sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
	var texts []string
	for _, at := range times {
		texts = append(texts, strconv.FormatFloat(float64(at)/1000, 'f', -1, 64)+"="+n.stored[property][at])
	}
	return strings.Join(texts, " ")
}

// TestRandomFeeds: feeds of random points, one after the other, come to what a
// naive reader makes of them.
func TestRandomFeeds(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 8))
		e := openEstate(t, false)
		n := &naiveFeed{stored: map[string]map[int64]string{}}
		for range 6 {
			body := randomFeed(r)
			n.accepted, n.rejected = 0, 0
			text, err := json.Marshal(body)
			e.must(err)
			again(body, n, e.time())
			want := fmt.Sprintf(`{"accepted":%d,"rejected":%d}`, n.accepted, n.rejected)
			if status, got := e.ask("device", "POST", "/data/properties", string(text)); got != want {
				t.Errorf("seed %d: %s: got %d %s, want %s", seed, text, status, got, want)
			}
		}
		for _, property := range []string{"temperature", "humidity", "bounded", "mode", "on"} {
			if got, want := e.stored(property), n.text(property); got != want {
				t.Errorf("seed %d: %s: got %s, want %s", seed, property, got, want)
			}
		}
		latest, states := n.latest()
		if _, got := e.ask("device", "GET", "/data", ""); got != latest {
			t.Errorf("seed %d: got %s, want %s", seed, got, latest)
		}
		_, got := e.ask("client", "GET", "/data/devices/sensor1/state?header=false&meta=false", "")
		for _, state := range states {
			if !strings.Contains(got, state) {
				t.Errorf("seed %d: got %s, want %s", seed, got, state)
			}
		}
	}
}

// latest are the last values of all properties as an object, and what the state says
// of each that has some.
func (n *naiveFeed) latest() (object string, states []string) {
	var members []string
	for _, name := range []string{"temperature", "humidity", "bounded", "mode", "on"} {
		count, last, newest := 0, int64(0), ""
		least, most := math.Inf(1), math.Inf(-1)
		for at, stored := range n.stored[name] {
			if count++; count == 1 || at > last {
				last, newest = at, stored
			}
			v, _ := strconv.ParseFloat(stored[1:], 64)
			least, most = min(least, v), max(most, v)
		}
		if count == 0 {
			continue
		}
		value, stats := newest[1:], ""
		switch name {
		case "mode":
			value = strconv.Quote(value)
		case "on":
			value = map[string]string{"l1": "true", "l0": "false"}[newest]
		default:
			stats = fmt.Sprintf(`,"min":%v,"max":%v,"sum":`, least, most)
		}
		members = append(members, fmt.Sprintf("%q:%s", name, value))
		at := time.Date(2017, 5, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(last) * time.Millisecond)
		state := fmt.Sprintf(`"qname":"mysensor$%s"},"value":{"mostRecent":%s,"time":%q},"stats":{"count":%d%s`, name, value, at.Format(time.RFC3339Nano), count, stats)
		states = append(states, state)
	}
	return "{" + strings.Join(members, ",") + "}", states
}

// randomFeed is a feed of points of several properties.
func randomFeed(r *rand.Rand) map[string]any {
	pick := func(list ...any) any { return list[r.IntN(len(list))] }
	body := map[string]any{"dps": []any{}}
	if r.IntN(2) == 0 {
		body["t"] = pick("2017-05-01T00:00:30Z", "2017-05-01T01:00:30.5+01:00", "2017-05-01T00:00:30")
	}
	if r.IntN(2) == 0 {
		body["prop"] = pick("temperature", "MODE", "nosuch")
	}
	var points []any
	for range r.IntN(20) {
		p := map[string]any{"v": pick(json.Number(strconv.Itoa(r.IntN(100)-30)), json.Number(fmt.Sprintf("%d.%d", r.IntN(90), 1+r.IntN(8))), "a", true, false, nil)}
		if r.IntN(2) == 0 {
			p["t"] = time.Date(2017, 5, 1, 0, 0, r.IntN(40), r.IntN(3)*5e8, time.UTC).Format(time.RFC3339Nano)
		}
		if r.IntN(3) == 0 {
			p["tt"] = pick(json.Number("500"), json.Number("-1000"), "1")
		}
		if r.IntN(4) != 0 {
			p["prop"] = pick("temperature", "Humidity", "mysensor$bounded", "mode", "on", "nosuch", nil)
		}
		points = append(points, p)
	}
	if points != nil {
		body["dps"] = points
	}
	return body
}

// again reads a feed naively.
func again(body map[string]any, n *naiveFeed, now time.Time) {
	base, based := now, true
	if text, ok := body["t"].(string); ok {
		at, err := time.Parse(time.RFC3339Nano, text)
		base, based = at, err == nil
	}
	for _, element := range body["dps"].([]any) {
		p := element.(map[string]any)
		property, _ := p["prop"].(string)
		if property == "" {
			property, _ = body["prop"].(string)
		}
		at, timed := base, based
		if text, ok := p["t"].(string); ok {
			var err error
			at, err = time.Parse(time.RFC3339Nano, text)
			timed = err == nil
		} else if p["tt"] != nil {
			delta, ok := p["tt"].(json.Number)
			ms, _ := delta.Int64()
			at, timed = base.Add(time.Duration(ms)*time.Millisecond), based && ok
		}
		n.take(strings.TrimPrefix(strings.ToLower(property), "mysensor$"), at, timed, p["v"])
	}
}

// FuzzFeed: whatever comes in is refused as a whole or counted point by point, and
// what is stored is what the receipt says, at most.
func FuzzFeed(f *testing.F) {
	for _, seed := range []string{
		`{"dps":[{"t":"2017-05-01T14:00:17.799Z","v":23.45}]}`, `{"t":"2017-05-01T14:00:37.645-0800","dps":[{"tt":-70,"v":{"a":[1]}},{"v":"\u00e9"}]}`,
		`{"dps":[{"v":1,"prop":"temperature"},{"v":true,"prop":"on"},7,null]}`, `{"dps":[]}`, `{"dps":1}`, ` [ ] `, `{`, `"`, `{"a":"\"","dps":[{"ann":{"a":"b"},"v":-0.0e-5}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		body := spanOf(text)
		if (body == nil) == json.Valid(text) {
			t.Fatalf("got %q, valid %t", body, json.Valid(text))
		}
		var naive struct{ Dps []json.RawMessage }
		fits := json.Unmarshal(text, &naive) == nil && naive.Dps != nil
		fd, err := feedOf(body, 0)
		if err != nil {
			return
		}
		n := 0
		for element := range fd.points.elements() {
			n++
			e, ok := entryOf(element)
			if _, timed := fd.at(&e); ok && timed && fd.fits(&e) {
				for _, kind := range []string{"number", "boolean", "string", "enum", "object", "waypoint"} {
					if r, ok := rowOf(kind, e.v, nil); ok && r.kind == storedText && len(r.text) > maxObject {
						t.Errorf("got %d bytes of %s", len(r.text), kind)
					}
				}
			}
		}
		if fits && n != len(naive.Dps) {
			t.Errorf("got %d points, want %d", n, len(naive.Dps))
		}
	})
}

// wellFormed is the shape of a time that both the spec's section 2.5 and the standard
// library know: the latter alone takes an hour of one digit and an offset of 24:60.
var wellFormed = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)$`)

// FuzzZoned: a time of that shape is the one that the standard library reads, and is
// none where that finds none.
func FuzzZoned(f *testing.F) {
	for _, seed := range []string{
		"2017-05-01T14:00:17.799Z", "2015-08-24T10:53:32.674-0800", "2020-02-29T23:59:59,9+05:30", "2021-02-29T00:00Z", "2017-05-01T14:00:17",
		"2021-02-29T00:00:00Z", "0000-01-01T00:00:00Z", "0001-01-01T0:00:00+0000", "2017-05-01T14:00:17+24:00", "2017-05-01T24:00:00Z",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !wellFormed.MatchString(text) {
			return
		}
		want, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			want, err = time.Parse("2006-01-02T15:04:05.999999999Z0700", text)
		}
		exists := err == nil && want.Year() >= firstYear
		at, ok := zoned([]byte(text))
		if ok != exists || ok && at != want.UnixMilli() {
			t.Errorf("%s: got %d, %t, want %d, %t", text, at, ok, want.UnixMilli(), exists)
		}
	})
}

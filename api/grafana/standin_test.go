package grafana

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"aion/aggregators"
	"aion/api"
	"aion/api/kairosdb"
	"aion/query"
	"aion/query/rollup"
	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/memory"
	"aion/storage/points"
)

// rolled is a protocol over a store with roll-up tasks, and their clock.
type rolled struct {
	*tested
	tasks *rollup.Scheduler
	now   time.Time
}

// newRolled is one whose time is some hours before clock's.
func newRolled(t testing.TB, hours int) *rolled {
	t.Helper()
	r := &rolled{now: clock().Add(-time.Duration(hours) * time.Hour)}
	store := storage.Checked(memory.New(memory.Config{Now: clock}))
	records, kept := catalog.New(store)
	now := func() time.Time { return r.now }
	texts, ok := catalog.Services(store, now)
	if !kept || !ok {
		t.Fatal("the store keeps no records")
	}
	specs := aggregators.Builtin()
	r.tasks = rollup.New(rollup.Config{
		Store: store, Texts: texts, Catalog: records, Now: now, Owner: "one", Host: "one", Alone: true, Late: time.Hour,
		Parse:   kairosdb.RollupParser(kairosdb.Config{Specs: specs, Release: aggregators.V13, RegexPrefix: expressed}),
		Options: query.Options{Specs: specs, Release: aggregators.V13}, Limits: query.DefaultLimits(),
	})
	r.tested = newTestedOver(t, store, api.Config{})
	r.Rollups, r.Sees = r.tasks, func(context.Context, rollup.Owner) (bool, error) { return true, nil }
	return r
}

// task stores a task that is due each hour and has one query of m, and has its past
// rolled up if fill is said.
func (r *rolled) task(t testing.TB, name, zone, filter, groups, aggregator string, fill bool) {
	t.Helper()
	text := fmt.Sprintf(`{"name":%q,"execution_interval":{"value":1,"unit":"hours"},"rollups":[{"save_as":"m.%s","time_zone":%q,"query":{"start_relative":{"value":1,"unit":"hours"},"metrics":[
		{"name":"m","tags":%s,"group_by":[{"name":"tag","tags":%s}],"aggregators":[%s]}]}}]}`, name, name, zone, filter, groups, aggregator)
	if err := r.tasks.Book().Put(t.Context(), name, text); err != nil {
		t.Fatal(err)
	}
	r.now = r.now.Add(10 * time.Second)
	r.tasks.Step(t.Context())
	if !fill {
		return
	}
	task, err := r.tasks.Parse(name, text)
	if err == nil {
		_, err = r.tasks.Order(t.Context(), task, points.Range{From: r.now.UnixMilli() - 20*day, To: r.now.UnixMilli()}, "")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// pass lets hours pass, in each of which points are written and tasks run.
func (r *rolled) pass(t testing.TB, hours int, write func()) {
	t.Helper()
	for range hours {
		r.now = r.now.Add(time.Hour)
		write()
		r.tasks.Step(t.Context())
	}
}

// series are the points of an answer by the names of their series, and what it says
// about where they come from.
func (r *rolled) series(t testing.TB, panel string) (map[string][][2]any, map[string]any) {
	t.Helper()
	var elements []struct {
		Target     string
		Datapoints [][2]any
		Meta       struct{ Custom map[string]any }
	}
	if err := json.Unmarshal([]byte(r.post(t, "/query", panel)), &elements); err != nil {
		t.Fatal(err)
	}
	all, custom := map[string][][2]any{}, map[string]any{}
	for _, e := range elements {
		all[e.Target], custom = e.Datapoints, e.Meta.Custom
	}
	return all, custom
}

// asked is a panel of the days before clock.
func asked(days int, room, filters, payload string) string {
	return fmt.Sprintf(`{"range":{"from":%d,"to":%d},"maxDataPoints":%s,"filters":%s,"targets":[{"refId":"A","target":"m","payload":%s}]}`,
		clock().UnixMilli()-int64(days)*day, clock().UnixMilli(), room, filters, payload)
}

// TestRollupsStandForPoints compares random panels that roll-ups answer in part with
// the same ones answered by points alone, with points that come up to an hour late.
func TestRollupsStandForPoints(t *testing.T) {
	dice := rand.New(rand.NewPCG(8, 10))
	pick := func(words ...string) string { return words[dice.IntN(len(words))] }
	r := newRolled(t, 4*24)
	write := func() {
		for range 12 {
			at := r.now.UnixMilli() - dice.Int64N(hour)
			r.put(t, "m", map[string]string{"host": pick("a", "b", "c"), "dc": pick("x", "y")}, at, 1, float64(dice.IntN(400))/4)
		}
	}
	for range 48 {
		r.now = r.now.Add(-time.Hour)
		write()
	}
	r.now = r.now.Add(48 * time.Hour)
	for i, a := range []string{
		"sum 1 hours true", "count 1 hours true", "min 30 minutes true", "max 10 minutes false", "avg 2 hours true", "first 1 hours false",
		"last 6 hours false", "sum 10 minutes false", "count 10 minutes false", "dev 1 hours true", "sum 1 days true", "count 1 days true",
	} {
		var name, unit, aligned string
		var n int
		fmt.Sscan(a, &name, &n, &unit, &aligned)
		groups, filter := `["host"]`, `{}`
		if i%3 == 0 {
			groups = `["host","dc"]`
		} else if i == 4 {
			filter = `{"dc":["x"]}`
		}
		r.task(t, fmt.Sprintf("%s.%d", name, i), "UTC", filter, groups,
			fmt.Sprintf(`{"name":%q,"sampling":{"value":%d,"unit":%q},"align_start_time":%s}`, name, n, unit, aligned), i%2 == 0)
	}
	r.pass(t, 4*24, write)
	used := map[string]int{}
	for i := range 200 {
		aggregator := pick("", "avg", "sum", "count", "min", "max", "first", "last", "dev")
		payload := map[string]any{"aggregator": aggregator, "group_by": [][]string{nil, {"host"}, {"dc", "host"}}[dice.IntN(3)]}
		if dice.IntN(2) == 0 {
			payload["sampling"] = pick("10m", "30m", "1h", "2h", "6h", "1d", "7m")
		}
		if dice.IntN(4) == 0 {
			payload["fill"] = "zero"
		}
		filters := pick(`[]`, `[]`, `[{"key":"dc","operator":"=","value":"x"}]`, `[{"key":"host","operator":"!=","value":"b"}]`)
		panel := func(source string) string {
			payload["source"] = source
			text, _ := json.Marshal(payload)
			return asked(1+i%6, []string{"200", "1000"}[i%2], filters, string(text))
		}
		got := r.call(t, http.MethodPost, "/query", panel("auto"))
		if got.status == http.StatusBadRequest {
			continue
		}
		stood, custom := r.series(t, panel("auto"))
		want, _ := r.series(t, panel("raw"))
		rounded(stood)
		rounded(want)
		if !reflect.DeepEqual(stood, want) {
			t.Fatalf("panel %d %s: %v\ngot  %.600v\nwant %.600v", i, panel("auto"), custom, stood, want)
		}
		if custom["source"] == "rollup" {
			used[aggregator]++
		}
	}
	for _, aggregator := range []string{"", "avg", "sum", "count", "min", "max", "first", "last", "dev"} {
		if used[aggregator] == 0 {
			t.Errorf("no panel with the aggregator %q was answered by roll-ups", aggregator)
		}
	}
}

// rounded rounds values, which are added in another order.
func rounded(all map[string][][2]any) {
	for _, list := range all {
		for i := range list {
			if v, ok := list[i][0].(float64); ok {
				list[i][0] = fmt.Sprintf("%.6f", v)
			}
		}
	}
}

// TestWhatRollupsDoNotStandFor: points count themselves where results would not be
// exact, where they are asked for, and where whoever asks sees other points than
// the task.
func TestWhatRollupsDoNotStandFor(t *testing.T) {
	hourly := `{"name":"sum","sampling":{"value":1,"unit":"hours"},"align_start_time":true}`
	panel := asked(4, "1000", `[]`, `{"aggregator":"sum","sampling":"1h"}`)
	for _, tt := range []struct {
		name   string
		panel  string
		change func(r *rolled)
		source string
	}{
		{"they do", panel, nil, "rollup"},
		{"by groups", strings.Replace(panel, `"sum"`, `"sum","group_by":"host","alias":"{{host}}"`, 1), nil, "rollup"},
		{"source raw", strings.Replace(panel, `"sum"`, `"sum","source":"raw"`, 1), nil, "raw"},
		{"another aggregator", strings.Replace(panel, `"sum"`, `"max"`, 1), nil, "raw"},
		{"an average of sums alone", strings.Replace(panel, `"sum"`, `"avg"`, 1), nil, "raw"},
		{"shorter ranges", strings.Replace(panel, "1h", "30m", 1), nil, "raw"},
		{"other ranges", strings.Replace(panel, "1h", "90m", 1), nil, "raw"},
		{"another alignment", strings.Replace(panel, `"sum"`, `"sum","align":"end"`, 1), nil, "raw"},
		{"a tag that is not told", strings.Replace(panel, `"filters":[]`, `"filters":[{"key":"dc","operator":"=","value":"x"}]`, 1), nil, "raw"},
		{"a group that is not told", strings.Replace(panel, `"sum"`, `"sum","group_by":"dc"`, 1), nil, "raw"},
		{"a name that is not told", strings.Replace(panel, `"sum"`, `"sum","alias":"{{dc}}"`, 1), nil, "raw"},
		{"text beside numbers", panel, func(r *rolled) { r.put(t, "m", on("a"), r.now.UnixMilli()-day, 1, "text") }, "raw"},
		{"another task of another day", panel, func(r *rolled) {
			r.task(t, "n", "UTC", `{}`, `["host"]`, strings.Replace(hourly, "sum", "min", 1), false)
		}, "rollup"},
		{"a task that fills the same", panel, func(r *rolled) {
			text, _, _ := r.tasks.Book().Task(t.Context(), "s")
			if err := r.tasks.Book().Put(t.Context(), "other", text); err != nil {
				t.Fatal(err)
			}
		}, "raw"},
		{"a task that has changed", panel, func(r *rolled) {
			r.task(t, "s", "UTC", `{"dc":["x"]}`, `["host"]`, hourly, false)
			r.task(t, "s", "UTC", `{}`, `["host"]`, hourly, false)
		}, "raw"},
		{"results that were grouped otherwise", panel, func(r *rolled) {
			r.put(t, "m.s", map[string]string{"saved_from": "m"}, r.now.UnixMilli()-day, 1, 5.0)
		}, "raw"},
		{"a task that is gone", panel, func(r *rolled) {
			if err := r.tasks.Book().Remove(t.Context(), "s"); err != nil {
				t.Fatal(err)
			}
		}, "raw"},
		{"another's view", panel, func(r *rolled) {
			r.Sees = func(context.Context, rollup.Owner) (bool, error) { return false, nil }
		}, "raw"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRolled(t, 96)
			r.task(t, "s", "UTC", `{}`, `["host"]`, hourly, false)
			r.pass(t, 96, func() {
				r.put(t, "m", map[string]string{"host": "a", "dc": "x"}, r.now.UnixMilli()-20*minute, 10*minute, 1.0, 2.0)
			})
			if tt.change != nil {
				tt.change(r)
				r.now = r.now.Add(time.Minute)
			}
			got, custom := r.series(t, tt.panel)
			if custom["source"] != tt.source || len(got) == 0 {
				t.Errorf("got %v of %d series, want the source %s", custom, len(got), tt.source)
			}
		})
	}
}

// TestRollupsTellWhatTheyAnswer: the inspector shows which results a panel is made
// of, and over what time; a result is not waited for that may still change.
func TestRollupsTellWhatTheyAnswer(t *testing.T) {
	r := newRolled(t, 48)
	for _, name := range []string{"sum", "count"} {
		r.task(t, name, "UTC", `{}`, `["host"]`, `{"name":"`+name+`","sampling":{"value":1,"unit":"hours"}}`, false)
	}
	r.pass(t, 48, func() { r.put(t, "m", on("a"), r.now.UnixMilli()-5*minute, minute, 1.0, 3.0) })
	got, custom := r.series(t, asked(4, "1000", `[]`, `{"aggregator":"avg","sampling":"1h"}`))
	begun := clock().Add(-48 * time.Hour)
	from, to := begun.Truncate(time.Hour).Add(2*time.Hour), clock().Add(-time.Hour).Truncate(time.Hour)
	want := map[string]any{
		"step": float64(hour), "source": "rollup", "rollups": []any{"m.sum", "m.count"},
		"from": float64(from.UnixMilli()), "to": float64(to.UnixMilli()),
	}
	if !reflect.DeepEqual(custom, want) {
		t.Errorf("got %v, want %v", custom, want)
	}
	if list := got["m"]; len(list) < 48 || slices.ContainsFunc(list, func(p [2]any) bool { return p[0] != 2.0 }) {
		t.Errorf("got %v, want averages of 2", list)
	}
}

package grafana

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"aion/storage/points"
)

// succeeds lets two days pass in which a task fills a metric, and two more in which
// another one does that has come in its place, and goes back over all of them.
func (r *rolled) succeeds(t *testing.T, before, own string) {
	t.Helper()
	book := r.tasks.Book()
	write := func() {
		r.put(t, "m", map[string]string{"host": "a", "dc": "x"}, r.now.UnixMilli()-20*minute, 10*minute, 1.0, 2.0)
	}
	failed := book.Put(t.Context(), "before", before)
	r.pass(t, 48, write)
	for _, err := range []error{failed, book.Remove(t.Context(), "before"), book.Put(t.Context(), "own", own)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	r.pass(t, 3, write)
	task, err := r.tasks.Parse("own", own)
	if err == nil {
		_, err = r.tasks.Order(t.Context(), task, points.Range{From: r.now.UnixMilli() - 20*day, To: r.now.UnixMilli()}, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	r.pass(t, 45, write)
}

// TestResultsOfOthersStandForNothing: what stood in a task's metric before the task
// was there, such as what one that is gone has left, stands for no points, also
// where a back-fill has gone over it.
func TestResultsOfOthersStandForNothing(t *testing.T) {
	text := func(filter, sampling string) string {
		return fmt.Sprintf(`{"name":"s","execution_interval":{"value":1,"unit":"hours"},"rollups":[{"save_as":"m.s","query":{"start_relative":{"value":1,"unit":"hours"},"metrics":[
			{"name":"m","tags":%s,"group_by":[{"name":"tag","tags":["host"]}],"aggregators":[{"name":"sum","sampling":%s,"align_start_time":true}]}]}}]}`, filter, sampling)
	}
	const hour, minutes = `{"value":1,"unit":"hours"}`, `{"value":10,"unit":"minutes"}`
	for _, tt := range []struct{ name, before, own, filters string }{
		{"other points", text(`{"dc":["x"]}`, hour), text(`{"dc":["y"]}`, hour), `[{"key":"dc","operator":"=","value":"y"}]`},
		{"shorter ranges", text(`{}`, minutes), text(`{}`, hour), `[]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRolled(t, 96)
			r.succeeds(t, tt.before, tt.own)
			panel := asked(4, "1000", tt.filters, `{"aggregator":"sum","sampling":"1h"}`)
			got, custom := r.series(t, panel)
			want, _ := r.series(t, strings.Replace(panel, `"sum"`, `"sum","source":"raw"`, 1))
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %.300v of %v\nwant %.300v", got, custom, want)
			}
		})
	}
}

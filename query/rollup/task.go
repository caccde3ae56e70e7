// Package rollup runs roll-up tasks: it asks a task's queries when they are due
// and stores what they answer under another metric. Tasks and their status stand
// where a KairosDB on the same store reads and changes them; what only we know
// (who runs a task, how far it has come, how it went before) stands in records
// of our own. Nothing is lost when a server is away: what it missed is made up
// for, and points that arrive late are rolled up again.
package rollup

import (
	"hash/fnv"
	"strconv"

	"aion/aggregators"
	"aion/query"
	"aion/storage/points"
)

// Task is a roll-up task as it runs.
type Task struct {
	ID, Name string
	Interval points.Span // from run to run; not above zero: it never runs
	Rollups  []Rollup
	Text     string // KairosDB's JSON, as it is stored
}

// Rollup is one metric that a task fills.
type Rollup struct {
	SaveAs  string
	Zone    *aggregators.Zone // of its ranges; nil: the server's
	Metrics []query.Metric    // what is asked, without the save_as that each ends with
}

// Parser reads the text of a task that is stored under an id.
type Parser func(id, text string) (*Task, error)

// version tells one text of the task from another.
func (t *Task) version() string {
	h := fnv.New64a()
	h.Write([]byte(t.Text))
	return strconv.FormatUint(h.Sum64(), 16)
}

// job is one query of a task: one metric of one roll-up.
type job struct {
	rollup *Rollup
	metric *query.Metric
	name   string // unlike that of any other job of the task
}

// jobs are the queries of the task, in its order.
func (t *Task) jobs() []job {
	var list []job
	seen := map[string]int{}
	for i := range t.Rollups {
		r := &t.Rollups[i]
		for j := range r.Metrics {
			name := r.SaveAs + "<" + r.Metrics[j].Name
			seen[name]++
			if n := seen[name]; n > 1 {
				name += "#" + strconv.Itoa(n)
			}
			list = append(list, job{rollup: r, metric: &r.Metrics[j], name: name})
		}
	}
	return list
}

// lastRange is the place of the last range aggregator among those of a metric,
// or -1.
func lastRange(m *query.Metric, specs *aggregators.Registry) int {
	for i := len(m.Aggregators) - 1; i >= 0; i-- {
		if spec, ok := specs.Spec(m.Aggregators[i].Name); ok && spec.Range {
			return i
		}
	}
	return -1
}

// sampling is the length of the ranges of an aggregator.
func sampling(a *query.Aggregation) points.Span {
	if s, ok := a.Values["sampling"].(points.Span); ok {
		return s
	}
	return points.Span{Value: 1, Unit: points.Milliseconds}
}

// filled counts by which of the tasks' queries each metric is filled.
func filled(tasks []*Task) map[string]int {
	by := map[string]int{}
	for _, t := range tasks {
		for _, j := range t.jobs() {
			by[j.rollup.SaveAs]++
		}
	}
	return by
}

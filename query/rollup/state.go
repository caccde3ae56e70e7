package rollup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/points"
)

// recordKind is the kind of our records about tasks; their ids are the tasks'.
const recordKind = "rollup"

// keptRuns is how many runs of a task are remembered.
const keptRuns = 20

// State is what we know of a task beside KairosDB's status: who runs it, how far
// it has come and how it went. Times are Unix milliseconds.
type State struct {
	Owner    string           `json:"owner,omitempty"` // the server that runs the task now
	Until    int64            `json:"until,omitempty"` // when its right to do so ends
	Version  string           `json:"version"`         // of the task's text that all this is about
	Since    int64            `json:"since"`           // when the text was first seen
	Next     int64            `json:"next"`            // when the task is due
	Failures int              `json:"failures,omitempty"`
	Through  map[string]int64 `json:"through,omitempty"` // up to when each query is rolled up
	From     map[string]int64 `json:"from,omitempty"`    // since when, by this text and without a gap
	Runs     []Run            `json:"runs,omitempty"`    // the latest first
	Fill     *Fill            `json:"fill,omitempty"`    // the last back-fill that was ordered

	Renewed bool `json:"renewed,omitempty"` // results of another text, or of another task, may stand where the task stores its own

	// Filled is the time that back-fills have rolled up by this text, of each query.
	Filled map[string]points.Range `json:"filled,omitempty"`

	// Reached is up to when each query was rolled up when the clock was set back behind
	// that, until it has come there again.
	Reached map[string]int64 `json:"reached,omitempty"`
}

// Run is one run of a task.
type Run struct {
	At     int64  `json:"at"`     // when it began
	Length int64  `json:"length"` // milliseconds
	From   int64  `json:"from"`   // the earliest time that was rolled up
	Host   string `json:"host"`
	Points int64  `json:"points"`           // that came out
	Missed int    `json:"missed,omitempty"` // runs before it that were due while nobody ran the task
	Error  string `json:"error,omitempty"`
}

// Fill is a back-fill: all queries of a task over a range of time, on top of its
// runs.
type Fill struct {
	From    int64  `json:"from"`
	To      int64  `json:"to"`      // not included
	Ordered int64  `json:"ordered"` // when
	Job     int    `json:"job"`     // the query that is under way
	At      int64  `json:"at"`      // up to where it is done
	Points  int64  `json:"points"`
	Done    bool   `json:"done"`
	Error   string `json:"error,omitempty"`   // of the last try
	Retry   int64  `json:"retry,omitempty"`   // when it is tried again
	Version string `json:"version,omitempty"` // of the task's text when it was ordered

	// Within is the key, with limits of its own, whose bearer has ordered it.
	Within string `json:"within,omitempty"`
}

// Share is how much of the back-fill of a task with so many queries is done.
func (f *Fill) Share(jobs int) float64 {
	if f.Done || jobs == 0 || f.To <= f.From {
		return 1
	}
	part := float64(max(f.At, f.From)-f.From) / float64(f.To-f.From)
	return (float64(f.Job) + min(part, 1)) / float64(jobs)
}

// remember puts a run before the others.
func (s *State) remember(r Run) {
	s.Runs = append([]Run{r}, s.Runs[:min(len(s.Runs), keptRuns-1)]...)
}

// due is when there is something to do.
func (s *State) due() int64 {
	if s.filling() {
		return min(s.Next, s.Fill.Retry)
	}
	return s.Next
}

// filling tells whether a back-fill is not done yet.
func (s *State) filling() bool { return s.Fill != nil && !s.Fill.Done }

// states keeps the states of tasks.
type states struct{ records *catalog.Catalog }

// stored is a state with its revision; 0: there is none.
type stored struct {
	State
	revision int64
	saved    time.Time // when it was last stored, or claimed
}

// load reads the state of a task.
func (s states) load(ctx context.Context, id string) (stored, error) {
	r, err := s.records.Record(ctx, recordKind, id)
	if err != nil || r.Revision == 0 {
		return stored{}, err
	}
	st := stored{revision: r.Revision}
	if err := json.Unmarshal(r.Value, &st.State); err != nil {
		return st, fmt.Errorf("read the state of roll-up task %s: %w", id, err)
	}
	return st, nil
}

// save stores a state unless somebody else has changed it: then the error is a
// points.ErrConflict.
func (s states) save(ctx context.Context, id string, st *stored) error {
	text, err := json.Marshal(&st.State)
	if err != nil {
		return err
	}
	revision, err := s.records.Put(ctx, recordKind, id, text, st.revision)
	if err == nil {
		st.revision = revision
	}
	return err
}

// change changes the state of a task until nobody comes in between. It does
// nothing where alter answers false.
func (s states) change(ctx context.Context, id string, alter func(*State) bool) (stored, error) {
	for {
		st, err := s.load(ctx, id)
		if err != nil || !alter(&st.State) {
			return st, err
		}
		if err = s.save(ctx, id, &st); !errors.Is(err, points.ErrConflict) {
			return st, err
		}
	}
}

// prune removes the records of a kind about tasks that are not kept.
func (s *Scheduler) prune(ctx context.Context, kind string, kept func(storage.Record) bool) error {
	for r, err := range s.Catalog.All(ctx, kind, "") {
		if err != nil {
			return err
		}
		if kept(r) {
			continue
		}
		if err := s.Catalog.Remove(ctx, kind, r.ID, r.Revision); err != nil && !errors.Is(err, points.ErrConflict) {
			return err
		}
	}
	return nil
}

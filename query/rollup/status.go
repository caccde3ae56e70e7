package rollup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Status is what KairosDB tells of a task, in the form in which it stores it.
type Status struct {
	Queries []QueryStatus `json:"statuses"`
	Host    string        `json:"executingHost"`
	Next    string        `json:"nextScheduled"`
}

// QueryStatus is about one query of a task.
type QueryStatus struct {
	Metric   string `json:"metricName"`
	Executed string `json:"lastExecuted"` // a time as StatusTime prints it, or Never
	Points   int64  `json:"dataPointCount"`
	Length   int64  `json:"executionLength"` // milliseconds
	Error    string `json:"errorMessage,omitempty"`
	At       int64  `json:"lastExecutionTime"` // milliseconds; 0: never
}

// never stands where a query has not been run.
const never = "Never"

// StatusTime prints a time as KairosDB's pattern dd MMM yyyy KK:mm:ss a does: the
// hours run from 0 to 11.
func StatusTime(t time.Time) string {
	half := "AM"
	if t.Hour() >= 12 {
		half = "PM"
	}
	return fmt.Sprintf("%s %02d:%s %s", t.Format("02 Jan 2006"), t.Hour()%12, t.Format("04:05"), half)
}

// text is the status as KairosDB stores it.
func (s *Status) text() string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	// Texts and numbers can always be encoded.
	_ = e.Encode(s)
	return strings.TrimSuffix(b.String(), "\n")
}

// parseStatus reads a stored status.
func parseStatus(text string) (Status, error) {
	var s Status
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return s, fmt.Errorf("read a status: %w", err)
	}
	return s, nil
}

package admin

import (
	"encoding/json"
	"time"

	"aion/storage/points"
)

// Deadline is when a key ends, as bodies say it: in RFC 3339, or as a day, whose
// beginning in UTC it is.
type Deadline struct{ time.Time }

// UnmarshalJSON reads one.
func (d *Deadline) UnmarshalJSON(text []byte) error {
	var said string
	if err := json.Unmarshal(text, &said); err == nil {
		for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
			if d.Time, err = time.Parse(layout, said); err == nil {
				return nil
			}
		}
	}
	return points.Invalid("expires: got %.64s, want a time such as 2027-01-01 or 2027-01-01T15:04:05Z", text)
}

// deadlineOf is a time of a record as bodies have it.
func deadlineOf(at *time.Time) *Deadline {
	if at == nil {
		return nil
	}
	return &Deadline{*at}
}

// time is the time as records have it.
func (d *Deadline) time() *time.Time {
	if d == nil {
		return nil
	}
	return &d.Time
}

package points

import "fmt"

// DamagedError says which part of which series cannot be read, because what is
// stored of it is damaged. It is an ErrCorrupt.
type DamagedError struct {
	Series string // the series' key as text
	Range  Range  // what was to be read
	Err    error  // what is wrong, in the words of the engine
}

// Error tells all that is known, for a log.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("read %s from %d to %d: %v", e.Series, e.Range.From, e.Range.To, e.Err)
}

// Outward is what a client is told: the engine's words stay inside.
func (e *DamagedError) Outward() string {
	return fmt.Sprintf("points of %s from %d to %d cannot be read: what is stored of them is damaged", e.Series, e.Range.From, e.Range.To)
}

// Unwrap is what is wrong, and that it is damage.
func (e *DamagedError) Unwrap() []error { return []error{e.Err, ErrCorrupt} }

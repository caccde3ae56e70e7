package points

import (
	"errors"
	"fmt"
	"strings"
)

// What a caller acts on. Drivers and engines wrap these; errors.Is finds them.
var (
	// ErrUnavailable: the store cannot be reached or cannot write now; try again.
	ErrUnavailable = errors.New("the store is not available")
	// ErrLimit: the work was ended because it exceeded a limit.
	ErrLimit = errors.New("limit exceeded")
	// ErrCorrupt: stored bytes are not what was written.
	ErrCorrupt = errors.New("stored data is damaged")
	// ErrForbidden: the narrowed store does not let this caller do that.
	ErrForbidden = errors.New("not permitted")
	// ErrConflict: somebody else has changed the record since it was read.
	ErrConflict = errors.New("the record has been changed meanwhile")
)

// InvalidError lists every problem of a request at once, in the words of the
// request's protocol.
type InvalidError struct{ Problems []string }

// Error joins the problems.
func (e *InvalidError) Error() string { return strings.Join(e.Problems, "; ") }

// Invalid is an InvalidError with one problem.
func Invalid(format string, args ...any) error {
	return &InvalidError{Problems: []string{fmt.Sprintf(format, args...)}}
}

// LimitError tells which limit ended the work and what it allows. It is an
// ErrLimit.
type LimitError struct {
	Limit string // the setting that can be changed: query.max-points
	Max   int64
	What  string // what was counted: points
}

// Error names the limit.
func (e *LimitError) Error() string {
	return fmt.Sprintf("the query exceeds the limit %s of %d %s", e.Limit, e.Max, e.What)
}

// Is makes a LimitError an ErrLimit.
func (e *LimitError) Is(target error) bool { return target == ErrLimit }

package fleet

import (
	"errors"
	"fmt"
)

// What a caller acts on; errors.Is finds them in what methods of Fleet answer.
var (
	// ErrUnknown: there is no such device, app or profile.
	ErrUnknown = errors.New("there is none")
	// ErrTaken: an id, an alias or a secret is another one's.
	ErrTaken = errors.New("it is another one's")
	// ErrUsed: something else needs it.
	ErrUsed = errors.New("it is in use")
	// ErrAmbiguous: several devices are called so.
	ErrAmbiguous = errors.New("several devices are called so")
)

// UnknownError names what there is none of. It is an ErrUnknown.
type UnknownError struct{ Thing, Ref string }

// Error names it.
func (e *UnknownError) Error() string { return fmt.Sprintf("there is no %s %q", e.Thing, e.Ref) }

// Is makes an UnknownError an ErrUnknown.
func (e *UnknownError) Is(target error) bool { return target == ErrUnknown }

// TakenError names what another one has already. It is an ErrTaken.
type TakenError struct {
	Field string // of the record: id, aliases, secret, name
	Text  string // empty where it must not be told
}

// Error names the field and what it says.
func (e *TakenError) Error() string {
	if e.Text == "" {
		return e.Field + ": it is in use already"
	}
	return fmt.Sprintf("%s: %q is in use already", e.Field, e.Text)
}

// Is makes a TakenError an ErrTaken.
func (e *TakenError) Is(target error) bool { return target == ErrTaken }

// AmbiguousError names a reference that more than one device has. It is an
// ErrAmbiguous.
type AmbiguousError struct{ Ref string }

// Error names it and says what to do.
func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("several devices are called %q: use an id or an alias", e.Ref)
}

// Is makes an AmbiguousError an ErrAmbiguous.
func (e *AmbiguousError) Is(target error) bool { return target == ErrAmbiguous }

// UsedError names what cannot go and one of the things that need it. It is an
// ErrUsed.
type UsedError struct{ Thing, Ref, By string }

// Error names both.
func (e *UsedError) Error() string { return fmt.Sprintf("%s %q is in use by %s", e.Thing, e.Ref, e.By) }

// Is makes a UsedError an ErrUsed.
func (e *UsedError) Is(target error) bool { return target == ErrUsed }

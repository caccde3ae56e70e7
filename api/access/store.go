package access

import (
	"context"
	"fmt"
	"net/http"

	"aion/storage"
)

// Store is s as far as whoever asks may see and change it: the one gate between
// a request and the store. Where nobody was found out it holds nothing and takes
// nothing.
func Store(ctx context.Context, s storage.Store) storage.Store {
	return From(ctx).Store(s)
}

// Store is s as far as the principal may see and change it: as that is while it is
// used, where the access types of properties apply to him.
func (p *Principal) Store(s storage.Store) storage.Store {
	switch {
	case p == nil:
		return storage.Narrowed(s, storage.Constraint{Matchers: []storage.Matcher{{}}})
	case len(p.Constraint.Matchers) == 0 && p.Constraint.Veil == nil:
		return s
	}
	return storage.Narrowed(s, p.Constraint)
}

// DeniedError is why something is not permitted. Its text says what is missing
// and nothing of what there is.
type DeniedError struct {
	Status int // 401: nobody was found out; 403: who asks may not; 429: too many calls
	Reason string
	After  int    // seconds to wait, with 429
	Key    string // the id of the key that was shown, for the log alone; empty: none that is known
}

// of is the same error, of a key.
func (e *DeniedError) of(key string) *DeniedError {
	e.Key = key
	return e
}

// Error is the reason.
func (e *DeniedError) Error() string { return e.Reason }

// StatusCode is the status of the answer, which protocols may translate.
func (e *DeniedError) StatusCode() int { return e.Status }

// required is the reason where nobody was found out.
const required = "credentials are required"

// Check is nil where whoever asks has the scope, and a DeniedError otherwise.
func Check(ctx context.Context, s Scope) error {
	switch p := From(ctx); {
	case p == nil:
		return &DeniedError{Status: http.StatusUnauthorized, Reason: required}
	case !p.May(s):
		return &DeniedError{Status: http.StatusForbidden, Reason: fmt.Sprintf("the scope %s is required", s)}
	}
	return nil
}

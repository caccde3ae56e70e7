package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"aion/storage"
)

// Keys and users log in alike, so that they have one name space. Whoever makes one
// claims its name first, looks for a bearer of the other kind then, stores, and
// confirms that the claim is still his: of several who make both kinds of one name
// at a time, on whatever servers, at most one goes through. What is older than
// claims has none and is found by the look.

// claimed is an entry of the name space: the kind that has a name.
type claimed struct {
	Kind string    `json:"kind"`
	At   time.Time `json:"at"`
}

// claimTime is how long a claim holds against the other kind although nothing is
// stored under it.
const claimTime = time.Minute

// other is the kind that shares its names with a kind.
func other(kind string) string {
	if kind == kindKey {
		return kindUser
	}
	return kindKey
}

// claim claims a name for a kind. Where the other one has it the error is an
// ExistsError.
func (b *book) claim(ctx context.Context, kind, name string) error {
	if named(name) { // which keys alone are called
		return nil
	}
	taken := &ExistsError{other(kind), name}
	if err := b.free(ctx, other(kind), name); err != nil {
		return err
	}
	err := b.catalog.Update(ctx, kindName, name, func(value []byte) ([]byte, error) {
		is, err := decodedClaim(name, value)
		if err != nil {
			return nil, err
		}
		if is.Kind == other(kind) && b.now().Sub(is.At) < claimTime {
			return nil, taken
		}
		return json.Marshal(claimed{kind, b.moment()})
	})
	if err != nil {
		return err
	}
	if err := b.free(ctx, other(kind), name); err != nil {
		return errors.Join(err, b.disclaim(ctx, kind, name))
	}
	return nil
}

// confirm tells, as an ExistsError, that a name that was claimed for a kind is the
// other one's by now.
func (b *book) confirm(ctx context.Context, kind, name string) error {
	if named(name) {
		return nil
	}
	r, err := b.catalog.Record(ctx, kindName, name)
	if err != nil {
		return fmt.Errorf("read the name %s: %w", short(name), err)
	}
	is, err := decodedClaim(name, r.Value)
	if err != nil || is.Kind == kind {
		return err
	}
	return b.claim(ctx, kind, name)
}

// disclaim gives up a claim of a kind, if it is that kind's.
func (b *book) disclaim(ctx context.Context, kind, name string) error {
	if named(name) {
		return nil
	}
	err := b.catalog.Update(ctx, kindName, name, func(value []byte) ([]byte, error) {
		if is, err := decodedClaim(name, value); err != nil || is.Kind != kind {
			return value, err
		}
		return nil, nil
	})
	if err != nil {
		return fmt.Errorf("give up the name %s: %w", short(name), err)
	}
	return nil
}

// decodedClaim reads a claim; nil is none.
func decodedClaim(name string, value []byte) (claimed, error) {
	if value == nil {
		return claimed{}, nil
	}
	is, err := decoded[claimed](kindName, storage.Record{ID: name, Value: value})
	if err != nil {
		return claimed{}, err
	}
	return *is, nil
}

// lasting is ctx for what must be done to its end although whoever asked has left.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
}

package access

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/points"
)

// The kinds of records in the catalog, and the ids of those that are alone.
const (
	kindKey          = "key"               // by id: keptKey
	kindSecret       = "key-secret"        // by the secret's hash: the ids of the keys that have it
	kindUser         = "user"              // by name: keptUser
	kindOrganization = "organization"      // by id: Organization
	kindHome         = "organization-home" // one: tenancy
	kindName         = "access-name"       // by the name of a key or a user: claimed
	kindPepper       = "access-pepper"     // one: what secrets are hashed with
	kindFirst        = "access-first"      // one: that the first key was made
	theOne           = "all"

	// ChangeKind and ChangeID name the record that says that something about
	// keys, users, organizations or the devices of contexts has changed. Whoever
	// changes such a thing changes this record's value afterwards, by
	// catalog.Update.
	ChangeKind = "access-change"
	ChangeID   = theOne
)

// book is what all records about access have in common.
type book struct {
	catalog *catalog.Catalog
	now     storage.Now
	log     *slog.Logger
	pepper  atomic.Pointer[[]byte]
	audit   *Audit

	// changed is called after a change that this process has made.
	changed func()
}

// load reads a record, nil where there is none.
func load[T any](ctx context.Context, b *book, kind, id string) (*T, error) {
	r, err := b.catalog.Record(ctx, kind, id)
	if err != nil || r.Revision == 0 {
		return nil, err
	}
	return decoded[T](kind, r)
}

// decoded is what a record says.
func decoded[T any](kind string, r storage.Record) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(r.Value, v); err != nil {
		return nil, fmt.Errorf("record %s of kind %s: %w", r.ID, kind, points.ErrCorrupt)
	}
	return v, nil
}

// update changes a record that is there; change answers false to take it away.
// Where there is none the error is a MissingError.
func update[T any](ctx context.Context, b *book, kind, id string, change func(*T) (keep bool, err error)) error {
	return b.catalog.Update(ctx, kind, id, func(value []byte) ([]byte, error) {
		if value == nil {
			return nil, &MissingError{kind, id}
		}
		v, err := decoded[T](kind, storage.Record{ID: id, Value: value})
		if err != nil {
			return nil, err
		}
		keep, err := change(v)
		if err != nil || !keep {
			return nil, err
		}
		return json.Marshal(v)
	})
}

// add stores a new record. Where there is one the error is an ExistsError.
func (b *book) add(ctx context.Context, kind, id string, v any) error {
	value, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = b.catalog.Put(ctx, kind, id, value, 0)
	if errors.Is(err, points.ErrConflict) {
		return &ExistsError{kind, id}
	}
	return err
}

// free tells, as an error, that something of another kind is called by a name: keys
// and users, who log in alike, have one name space.
func (b *book) free(ctx context.Context, kind, name string) error {
	r, err := b.catalog.Record(ctx, kind, name)
	if err != nil {
		return fmt.Errorf("read %s %s: %w", kind, short(name), err)
	}
	if r.Revision != 0 {
		return &ExistsError{kind, name}
	}
	return nil
}

// tell says that something has changed, to this server at once and to the others
// within a second.
func (b *book) tell(ctx context.Context) error {
	// What was changed is stored: it is told also where whoever asked has left.
	ctx, cancel := lasting(ctx)
	defer cancel()
	err := b.catalog.Update(ctx, ChangeKind, ChangeID, func([]byte) ([]byte, error) {
		return []byte(b.now().UTC().Format(time.RFC3339Nano)), nil
	})
	b.changed()
	return err
}

// seed is what secrets are hashed with: random, the same on all servers of a
// store, made by the first that needs it.
func (b *book) seed(ctx context.Context) ([]byte, error) {
	if p := b.pepper.Load(); p != nil {
		return *p, nil
	}
	r, err := b.catalog.Record(ctx, kindPepper, theOne)
	if err == nil && r.Revision == 0 {
		made := make([]byte, sha256.Size)
		// Read never fails.
		_, _ = rand.Read(made)
		if _, err = b.catalog.Put(ctx, kindPepper, theOne, made, 0); err == nil || errors.Is(err, points.ErrConflict) {
			r, err = b.catalog.Record(ctx, kindPepper, theOne)
		}
	}
	switch {
	case err != nil:
		return nil, err
	case len(r.Value) != sha256.Size:
		return nil, fmt.Errorf("record %s of kind %s: %w", theOne, kindPepper, points.ErrCorrupt)
	}
	b.pepper.Store(&r.Value)
	return r.Value, nil
}

// hashed is the keyed hash of texts.
func hashed(seed []byte, texts ...string) string {
	h := hmac.New(sha256.New, seed)
	for _, text := range texts {
		h.Write([]byte(text))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// MissingError says that there is no such record, or none that whoever asks may
// know of.
type MissingError struct{ Kind, ID string }

// Error names what is missing.
func (e *MissingError) Error() string { return fmt.Sprintf("there is no %s %q", e.Kind, e.ID) }

// StatusCode is Not Found.
func (e *MissingError) StatusCode() int { return 404 }

// ExistsError says that there is such a record already.
type ExistsError struct{ Kind, ID string }

// Error names what is there.
func (e *ExistsError) Error() string { return fmt.Sprintf("there is a %s %q already", e.Kind, e.ID) }

// StatusCode is Conflict.
func (e *ExistsError) StatusCode() int { return 409 }

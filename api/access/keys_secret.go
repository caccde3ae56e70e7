package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"aion/storage/points"
)

// keyPrefix begins the id of every key that is made here.
const keyPrefix = "_key_"

// newKeyID is a new id: the prefix and 18 digits.
func newKeyID() string {
	n, err := rand.Int(rand.Reader, big.NewInt(9e17))
	if err != nil { // never: the system's source of random bytes does not fail
		panic(err)
	}
	return fmt.Sprintf("%s%d", keyPrefix, n.Int64()+1e17)
}

// newSecret is a new secret: 128 random bits.
func newSecret() string {
	b := make([]byte, 16)
	// Read never fails.
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

// secretMark is the id of a secret's entry.
func secretMark(seed []byte, secret string) string { return hashed(seed, "secret alone", secret) }

// enter notes that a secret is a key's, for those who show the secret alone.
func (k *Keys) enter(ctx context.Context, mark, id string) error {
	return k.catalog.Update(ctx, kindSecret, mark, func(value []byte) ([]byte, error) {
		ids := strings.Fields(string(value))
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
		return []byte(strings.Join(ids, "\n")), nil
	})
}

// leave notes that a secret is a key's no more.
func (k *Keys) leave(ctx context.Context, mark, id string) error {
	return k.catalog.Update(ctx, kindSecret, mark, func(value []byte) ([]byte, error) {
		ids := slices.DeleteFunc(strings.Fields(string(value)), func(other string) bool { return other == id })
		if len(ids) == 0 {
			return nil, nil
		}
		return []byte(strings.Join(ids, "\n")), nil
	})
}

// vacate notes that a secret is not the one of a key that could not be stored with
// it, unless a key of that id has it nonetheless.
func (k *Keys) vacate(ctx context.Context, mark, id string) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	r, err := load[keptKey](ctx, k.book, kindKey, id)
	if err != nil || r != nil && r.Mark == mark && r.Revoked == nil {
		return err
	}
	return k.leave(ctx, mark, id)
}

// check is the key that has the id, nil where there is none, and whether the
// secret is its own and worth something. What it does is the same whatever is
// wrong.
func (k *Keys) check(ctx context.Context, id, secret string) (r *keptKey, right bool, err error) {
	seed, err := k.seed(ctx)
	if err != nil {
		return nil, false, err
	}
	r, err = load[keptKey](ctx, k.book, kindKey, id)
	if err != nil {
		return nil, false, err
	}
	var hash string
	if r != nil {
		hash = r.Hash
	}
	right = subtle.ConstantTimeCompare([]byte(hashed(seed, id, secret)), []byte(hash)) == 1
	return r, right && !r.ends(k.now()), nil
}

// owner is the key that has the secret; "" where there is none, or where several
// have it, which tells nobody apart. Those count that are worth something.
func (k *Keys) owner(ctx context.Context, secret string) (id string, err error) {
	seed, err := k.seed(ctx)
	if err != nil {
		return "", err
	}
	r, err := k.catalog.Record(ctx, kindSecret, secretMark(seed, secret))
	if err != nil {
		return "", err
	}
	ids := strings.Fields(string(r.Value))
	switch {
	case len(ids) == 0 || len(ids) > mostOwners:
		return "", nil
	case len(ids) == 1:
		return ids[0], nil
	}
	for _, one := range ids {
		_, right, err := k.check(ctx, one, secret)
		switch {
		case err != nil:
			return "", err
		case right && id != "":
			return "", nil
		case right:
			id = one
		}
	}
	return id, nil
}

// mostOwners is among how many keys the one is looked for that still has a secret.
const mostOwners = 100

// First makes the first key of a store that has none, if nobody has made one
// before: that of an operator who may do everything.
func (k *Keys) First(ctx context.Context) (r KeyRecord, made bool, err error) {
	found, err := k.catalog.List(ctx, kindKey, "", "", 1)
	if err != nil || len(found) != 0 {
		return KeyRecord{}, false, err
	}
	value, err := json.Marshal(k.moment())
	if err != nil {
		return KeyRecord{}, false, err
	}
	_, err = k.catalog.Put(ctx, kindFirst, theOne, value, 0)
	if errors.Is(err, points.ErrConflict) {
		return KeyRecord{}, false, nil
	}
	if err != nil {
		return KeyRecord{}, false, err
	}
	r, err = k.Create(With(ctx, Everyone()), KeyRecord{Name: "first", Role: Root})
	return r, err == nil, err
}

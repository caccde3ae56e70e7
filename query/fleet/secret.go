package fleet

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"sync"

	"aion/storage/points"
)

// pepper is what secrets are hashed with: one text for all servers of a store.
type pepper struct {
	mu  sync.Mutex
	key []byte
}

// validSecret tells whether a text may be a device's secret.
func validSecret(s string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._"
	return len(s) >= leastSecret && len(s) <= 128 && strings.Trim(s, letters) == ""
}

// hash is a secret as it is stored.
func (f *Fleet) hash(ctx context.Context, secret string) (string, error) {
	k, err := f.pepperKey(ctx)
	if err != nil {
		return "", err
	}
	h := hmac.New(sha256.New, k)
	h.Write([]byte(secret))
	return hex.EncodeToString(h.Sum(nil)), nil
}

// pepperKey is the store's pepper, which is made with the first secret.
func (f *Fleet) pepperKey(ctx context.Context) ([]byte, error) {
	f.pepper.mu.Lock()
	defer f.pepper.mu.Unlock()
	for f.pepper.key == nil {
		r, err := f.c.Catalog.Record(ctx, kindPepper, "1")
		if err != nil {
			return nil, err
		}
		if r.Revision != 0 {
			f.pepper.key = r.Value
			break
		}
		made := make([]byte, 32)
		_, _ = rand.Read(made) // which never fails
		if _, err := f.c.Catalog.Put(ctx, kindPepper, "1", made, 0); err != nil && !errors.Is(err, points.ErrConflict) {
			return nil, err
		}
	}
	return f.pepper.key, nil
}

// bearer is which device has a secret.
type bearer struct {
	Tenant string `json:"organization"`
	ID     string `json:"id"`
}

// bears tells whether the device that a secret's record names has it.
func (f *Fleet) bears(ctx context.Context, value []byte, hash string) (b bearer, d Device, ok bool, err error) {
	if value == nil || json.Unmarshal(value, &b) != nil {
		return b, d, false, nil
	}
	d, revision, err := f.load(ctx, b.Tenant, b.ID)
	return b, d, revision != 0 && d.SecretHash == hash, err
}

// holdSecret has the record of a secret name a device. With anew it is written
// even where it does so already.
func (f *Fleet) holdSecret(ctx context.Context, tenant, id, hash string, anew bool) error {
	err := f.c.Catalog.Update(ctx, kindSecret, hash, func(value []byte) ([]byte, error) {
		b, _, ok, err := f.bears(ctx, value, hash)
		mine := b == bearer{tenant, id}
		switch {
		case err != nil:
			return nil, err
		case mine && !anew:
			return nil, errSame
		case ok && !mine:
			return nil, &TakenError{Field: "secret"}
		}
		return json.Marshal(bearer{tenant, id})
	})
	if errors.Is(err, errSame) {
		return nil
	}
	return err
}

// releaseSecret takes the record of a secret away that a device does not have any
// more.
func (f *Fleet) releaseSecret(ctx context.Context, tenant, id, hash string) error {
	if hash == "" {
		return nil
	}
	err := f.c.Catalog.Update(ctx, kindSecret, hash, func(value []byte) ([]byte, error) {
		b, _, ok, err := f.bears(ctx, value, hash)
		switch {
		case err != nil:
			return nil, err
		case value == nil || ok || b != (bearer{tenant, id}):
			return nil, errSame
		}
		return nil, nil
	})
	if errors.Is(err, errSame) {
		return nil
	}
	return err
}

// BySecret is the device that has a secret, of any organization, or an
// UnknownError that does not tell the secret.
func (f *Fleet) BySecret(ctx context.Context, secret string) (Device, error) {
	none := &UnknownError{"device with the secret", "…"}
	if !validSecret(secret) {
		return Device{}, none
	}
	hash, err := f.hash(ctx, secret)
	if err != nil {
		return Device{}, err
	}
	r, err := f.c.Catalog.Record(ctx, kindSecret, hash)
	if err != nil {
		return Device{}, err
	}
	b, d, ok, err := f.bears(ctx, r.Value, hash)
	switch {
	case err != nil:
		return Device{}, err
	case !ok:
		return Device{}, none
	}
	return f.shown(ctx, b.Tenant, d)
}

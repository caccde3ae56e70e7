package access_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"aion/api/access"
	"aion/storage"
	"aion/storage/memory"
)

// TestNobodyGivesMoreThanHeHas: whoever has an end or a limit makes keys within
// them, and neither users nor new secrets of keys that have more.
func TestNobodyGivesMoreThanHeHas(t *testing.T) {
	h := open(t)
	end := h.clock.Now().Add(time.Hour)
	earlier, later := end.Add(-time.Minute), end.Add(time.Minute)
	bounded := access.KeyRecord{ID: "admin", Secret: "secret-one-of-one", Role: access.Admin, Expires: &end, RateLimit: 60}
	h.key(t, bounded)
	h.key(t, access.KeyRecord{ID: "eternal", RateLimit: 5})
	h.key(t, access.KeyRecord{ID: "quick", Expires: &end})
	by, err := h.Login(t.Context(), "admin", "secret-one-of-one")
	if err != nil {
		t.Fatal(err)
	}
	ctx := access.With(t.Context(), by)
	for _, tt := range []struct {
		name string
		give access.KeyRecord
		end  time.Time // zero: it is refused
		rate int
	}{
		{"none said", access.KeyRecord{}, end, 60},
		{"less", access.KeyRecord{Expires: &earlier, RateLimit: 5}, earlier, 5},
		{"as much", access.KeyRecord{Expires: &end, RateLimit: 60}, end, 60},
		{"longer", access.KeyRecord{Expires: &later}, time.Time{}, 0},
		{"faster", access.KeyRecord{RateLimit: 61}, time.Time{}, 0},
	} {
		made, err := h.Keys.Create(ctx, tt.give)
		switch {
		case tt.end.IsZero() && status(err) != 403:
			t.Errorf("%s: got %+v %v, want it refused", tt.name, made, err)
		case !tt.end.IsZero() && (err != nil || made.Expires == nil || !made.Expires.Equal(tt.end) || made.RateLimit != tt.rate):
			t.Errorf("%s: got %+v %v, want until %s, %d calls a minute", tt.name, made, err, tt.end, tt.rate)
		}
	}
	same := func(*access.KeyRecord) error { return nil }
	for name, do := range map[string]func() error{
		"a secret that stays":  func() error { _, err := h.Keys.Rotate(ctx, "eternal"); return err },
		"a secret without end": func() error { _, err := h.Keys.Rotate(ctx, "quick"); return err },
		"a change":             func() error { _, err := h.Keys.Change(ctx, "eternal", same); return err },
		"a user":               func() error { return userBy(ctx, h, "bob") },
		"a password": func() error {
			if err := userBy(operator(t), h, "ann"); err != nil {
				t.Fatal(err)
			}
			_, err := h.Users.Password(ctx, "ann", "another horse")
			return err
		},
	} {
		if err := do(); status(err) != 403 {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
	}
	if _, err := h.Keys.Revoke(ctx, "eternal"); err != nil {
		t.Errorf("to revoke: got %v, want it done", err)
	}
	if _, err := h.Keys.Rotate(ctx, "admin"); err != nil {
		t.Errorf("one's own: got %v, want it done", err)
	}
}

// userBy has somebody make a user.
func userBy(ctx context.Context, h *house, name string) error {
	_, err := h.Users.Create(ctx, access.UserRecord{Name: name, Password: "correct horse"})
	return err
}

// stored is a store that counts what is stored in its records.
type stored struct {
	storage.Store
	puts atomic.Int64
}

// Records are the store's records.
func (s *stored) Records() storage.Records {
	keeper, _ := storage.As[storage.RecordKeeper](s.Store)
	return &storedRecords{keeper.Records(), s}
}

// storedRecords are records whose changes are counted.
type storedRecords struct {
	storage.Records
	of *stored
}

// Put counts a change.
func (r *storedRecords) Put(ctx context.Context, kind, id string, value []byte, was int64) (int64, error) {
	r.of.puts.Add(1)
	return r.Records.Put(ctx, kind, id, value, was)
}

// TestRotateAsksFirst: whoever may not rotate a key stores nothing.
func TestRotateAsksFirst(t *testing.T) {
	store := &stored{Store: memory.New(memory.Config{})}
	h := beside(t, store, &clock{at: time.Now()})
	h.key(t, access.KeyRecord{ID: "dev-1", Secret: "secret-one-of-one"})
	h.key(t, access.KeyRecord{ID: "root", Role: access.Root})
	h.key(t, access.KeyRecord{ID: "gone", Secret: "secret-two-of-two"})
	if _, err := h.Keys.Revoke(operator(t), "gone"); err != nil {
		t.Fatal(err)
	}
	member := access.With(t.Context(), &access.Principal{Kind: access.Key, ID: "m", Home: true, Role: access.Member})
	admin := access.With(t.Context(), &access.Principal{Kind: access.Key, ID: "a", Home: true, Role: access.Admin})
	for _, tt := range []struct {
		ctx context.Context
		id  string
	}{{member, "dev-1"}, {member, "nobody"}, {admin, "root"}, {operator(t), "nobody"}, {operator(t), "gone"}} {
		store.puts.Store(0)
		if _, err := h.Keys.Rotate(tt.ctx, tt.id); err == nil || store.puts.Load() != 0 {
			t.Errorf("%s: got %v and %d changes, want it refused before any", tt.id, err, store.puts.Load())
		}
	}
}

package fleet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"aion/storage"
	"aion/storage/catalog"
)

// errCrash is what a fragile store fails with.
var errCrash = errors.New("crashed")

// fragile is a store whose records work for some more calls and then fail for
// good, the last change done or not.
type fragile struct {
	storage.Store
	mu   sync.Mutex
	left int  // calls that still work; negative: any number
	late bool // the call that fails is done nevertheless
}

// Records are the store's records, as long as they work.
func (s *fragile) Records() storage.Records {
	keeper, _ := storage.As[storage.RecordKeeper](s.Store)
	return &fragileRecords{keeper.Records(), s}
}

// spend uses up a call. It tells whether the call is done and whether it fails.
func (s *fragile) spend() (done, fails bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left < 0 {
		return true, false
	}
	if s.left == 0 {
		done, s.late = s.late, false
		return done, true
	}
	s.left--
	return true, false
}

// fragileRecords are the records of a fragile store.
type fragileRecords struct {
	storage.Records
	s *fragile
}

// Record reads, or fails.
func (r *fragileRecords) Record(ctx context.Context, kind, id string) (storage.Record, error) {
	if _, fails := r.s.spend(); fails {
		return storage.Record{}, errCrash
	}
	return r.Records.Record(ctx, kind, id)
}

// List reads, or fails.
func (r *fragileRecords) List(ctx context.Context, kind, prefix, after string, limit int) ([]storage.Record, error) {
	if _, fails := r.s.spend(); fails {
		return nil, errCrash
	}
	return r.Records.List(ctx, kind, prefix, after, limit)
}

// Put stores, or fails.
func (r *fragileRecords) Put(ctx context.Context, kind, id string, value []byte, was int64) (revision int64, err error) {
	done, fails := r.s.spend()
	if done {
		revision, err = r.Records.Put(ctx, kind, id, value, was)
	}
	if fails {
		return 0, errCrash
	}
	return revision, err
}

// Batch reads, or fails.
func (r *fragileRecords) Batch(ctx context.Context, kind string, ids []string) ([]storage.Record, error) {
	if _, fails := r.s.spend(); fails {
		return nil, errCrash
	}
	return r.Records.(storage.RecordBatches).Batch(ctx, kind, ids)
}

// PutBatch stores, or fails when half of it is stored.
func (r *fragileRecords) PutBatch(ctx context.Context, kind string, records []storage.Record) ([]int64, error) {
	done, fails := r.s.spend()
	if fails && done {
		records = records[:len(records)/2]
	}
	var revisions []int64
	var err error
	if done {
		revisions, err = r.Records.(storage.RecordBatches).PutBatch(ctx, kind, records)
	}
	if fails {
		return nil, errCrash
	}
	return revisions, err
}

// Remove removes, or fails.
func (r *fragileRecords) Remove(ctx context.Context, kind, id string, was int64) (err error) {
	done, fails := r.s.spend()
	if done {
		err = r.Records.Remove(ctx, kind, id, was)
	}
	if fails {
		return errCrash
	}
	return err
}

// fragileFleet is a fleet on the yard's records that fails after some calls.
func (y *yard) fragileFleet(left int, late bool) *Fleet {
	records, ok := catalog.New(&fragile{Store: y.store, left: left, late: late})
	if !ok {
		y.t.Fatal("the store keeps no records")
	}
	return y.fleet(func(c *Config) { c.Catalog = records })
}

// consistent fails where a text means a device that is not called so, or where
// two devices say that they are called by one alias and neither is to be changed.
func consistent(t *testing.T, f *Fleet, texts []string) {
	t.Helper()
	for _, text := range texts {
		d, err := f.Resolve(t.Context(), "", text, Manner{})
		switch {
		case errors.Is(err, ErrUnknown), errors.Is(err, ErrAmbiguous):
		case err != nil:
			t.Errorf("%s: %v", text, err)
		case d.ID != text && d.Name != text && !slices.Contains(d.Aliases, text):
			t.Errorf("%s means %+v", text, d)
		}
	}
}

// settled fails where a device says that it is called by a text that does not
// mean it.
func settled(t *testing.T, f *Fleet) {
	t.Helper()
	list, err := f.Devices(t.Context(), "", "", "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		ids := d.Identifiers()
		for _, text := range append([]string{d.ID, ids.Digits, ids.Hex, ids.UUID}, d.Aliases...) {
			if got, err := f.Resolve(t.Context(), "", text, Manner{Unnamed: true}); err != nil || got.ID != d.ID {
				t.Errorf("%s says that it is called %s, which means %q, %v", d.ID, text, got.ID, err)
			}
		}
	}
}

// TestCrashes cuts every change off at every call of the store: whatever is there
// then is consistent, the same change again completes it, and what the change has
// given up or never got is free.
func TestCrashes(t *testing.T) {
	texts := []string{"d1", "d2", "old", "new", "kept", "Old", "New", "other"}
	changes := map[string]func(context.Context, *Fleet) error{
		"create": func(ctx context.Context, f *Fleet) error {
			_, err := f.Create(ctx, "", Device{ID: "d2", Name: "New", Aliases: []string{"new"}, NewSecret: "new-secret-of-one"})
			return err
		},
		"change": func(ctx context.Context, f *Fleet) error {
			_, err := f.Change(ctx, "", "d1", func(d *Device) error {
				d.Name, d.Aliases, d.NewSecret, d.RetentionPolicy = "New", []string{"kept", "new"}, "new-secret-of-one", "retention2days"
				return nil
			})
			return err
		},
		"delete": func(ctx context.Context, f *Fleet) error { return f.Delete(ctx, "", "d1", true) },
	}
	for name, change := range changes {
		for n := 0; n < 200; n++ {
			y := newYard(t)
			f, ctx := y.fleet(), t.Context()
			first := Device{ID: "d1", Name: "Old", Aliases: []string{"old", "kept"}, NewSecret: "old-secret-of-one"}
			if _, err := f.Create(ctx, "", first); err != nil {
				t.Fatal(err)
			}
			err := change(ctx, y.fragileFleet(n/2, n%2 == 1))
			if err == nil && n%2 == 0 {
				break
			}
			consistent(t, f, texts)
			err = change(ctx, f)
			if err != nil && !errors.Is(err, ErrTaken) && !errors.Is(err, ErrUnknown) {
				t.Errorf("%s, cut off at %d: again it fails: %v", name, n, err)
			}
			consistent(t, f, texts)
			if name == "delete" {
				if _, err := f.Create(ctx, "", first); err != nil {
					t.Errorf("delete, cut off at %d: what it had is not free: %v", n, err)
				}
			} else if _, err := f.Change(ctx, "", map[string]string{"create": "d2", "change": "d1"}[name], func(*Device) error { return nil }); err != nil {
				t.Errorf("%s, cut off at %d: it does not mend: %v", name, n, err)
			}
			settled(t, f)
			if t.Failed() {
				t.Fatalf("%s, cut off at %d", name, n)
			}
		}
	}
}

// naive is what devices are called, in the simplest way.
type naive map[string][]string

// taken tells whether a text is another device's alias or id.
func (m naive) taken(id, text string) bool {
	for other, aliases := range m {
		if other != id && (other == text || slices.Contains(aliases, text)) {
			return true
		}
	}
	return false
}

// set gives a device aliases, if it may have them.
func (m naive) set(id string, aliases []string) bool {
	if slices.ContainsFunc(aliases, func(a string) bool { return m.taken(id, a) }) || m.taken(id, id) {
		return false
	}
	m[id] = aliases
	return true
}

// resolve is the device that a text means, or nothing.
func (m naive) resolve(text string) string {
	if _, ok := m[text]; ok {
		return text
	}
	for id, aliases := range m {
		if slices.Contains(aliases, text) {
			return id
		}
	}
	return ""
}

// draw is a random device and random aliases for it.
func draw(r *rand.Rand) (id string, aliases []string) {
	texts := []string{"a", "b", "c", "d0", "d1"}
	for range r.IntN(3) {
		aliases = append(aliases, texts[r.IntN(len(texts))])
	}
	id = fmt.Sprintf("d%d", r.IntN(4))
	aliases = slices.DeleteFunc(aliases, func(a string) bool { return a == id })
	return id, aliases
}

// step does a random change.
func step(ctx context.Context, f *Fleet, kind int, id string, aliases []string) error {
	switch kind {
	case 0:
		_, err := f.Create(ctx, "", Device{ID: id, Aliases: aliases})
		return err
	case 1:
		return f.Delete(ctx, "", id, false)
	}
	_, err := f.Change(ctx, "", id, func(d *Device) error { d.Aliases = aliases; return nil })
	return err
}

// TestAgainstNaive: random changes, one after the other, end as those of a map.
func TestAgainstNaive(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		f, m := newYard(t).fleet(), naive{}
		for i := range 200 {
			kind := r.IntN(4)
			id, aliases := draw(r)
			_, there := m[id]
			want := there == (kind != 0)
			switch {
			case want && kind == 1:
				delete(m, id)
			case want:
				want = m.set(id, aliases)
			}
			if err := step(t.Context(), f, kind, id, aliases); (err == nil) != want {
				t.Fatalf("seed %d, change %d of kind %d, %s %v: got %v, want it done: %v", seed, i, kind, id, aliases, err, want)
			}
			for _, text := range []string{"a", "b", "c", "d0", "d1", "d2", "d3"} {
				d, _ := f.Resolve(t.Context(), "", text, Manner{})
				if want := m.resolve(text); d.ID != want {
					t.Fatalf("seed %d, change %d: %s means %q, want %q", seed, i, text, d.ID, want)
				}
			}
		}
	}
}

// TestConcurrentHistories: of changes that meet, each is done as a whole or not
// at all; in the end every text means at most one device, and each device is
// found by what it says that it is called.
func TestConcurrentHistories(t *testing.T) {
	for seed := range uint64(20) {
		y := newYard(t)
		var all sync.WaitGroup
		for worker := range uint64(6) {
			all.Go(func() {
				r := rand.New(rand.NewPCG(seed, worker))
				f := y.fleet() // a server of its own
				for range 60 {
					id, aliases := draw(r)
					err := step(t.Context(), f, r.IntN(4), id, aliases)
					if err != nil && !errors.Is(err, ErrTaken) && !errors.Is(err, ErrUnknown) {
						t.Errorf("seed %d: %v", seed, err)
					}
				}
			})
		}
		all.Wait()
		settled(t, y.fleet())
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestSecretsAreHashed: no record tells a secret.
func TestSecretsAreHashed(t *testing.T) {
	f := newYard(t).fleet()
	if _, err := f.Create(t.Context(), "", Device{ID: "d", NewSecret: "very-very-secret"}); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{kindDevice, kindAlias, kindSecret} {
		for r, err := range f.c.Catalog.All(t.Context(), kind, "") {
			if err != nil || strings.Contains(r.ID+string(r.Value), "very-very-secret") {
				t.Errorf("got %s %s, %v", r.ID, r.Value, err)
			}
		}
	}
}

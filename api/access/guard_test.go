package access_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aion/api/access"
	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/memory"
	"aion/storage/points"
)

// counting is a store that counts what is read of its records and can be away.
type counting struct {
	storage.Store
	reads atomic.Int64
	away  atomic.Bool
}

// Records are the store's records.
func (c *counting) Records() storage.Records {
	keeper, _ := storage.As[storage.RecordKeeper](c.Store)
	return &countedRecords{keeper.Records(), c}
}

// countedRecords are records whose readings are counted.
type countedRecords struct {
	storage.Records
	of *counting
}

// Record counts a reading.
func (r *countedRecords) Record(ctx context.Context, kind, id string) (storage.Record, error) {
	if r.of.away.Load() {
		return storage.Record{}, points.ErrUnavailable
	}
	r.of.reads.Add(1)
	return r.Records.Record(ctx, kind, id)
}

// TestOneAnswerForAllThatIsWrong: an id that nobody has and a wrong secret get the
// same answer after the same readings and hashes.
func TestOneAnswerForAllThatIsWrong(t *testing.T) {
	store := &counting{Store: memory.New(memory.Config{})}
	h := beside(t, store, &clock{at: time.Now()})
	ctx := operator(t)
	key := h.key(t, access.KeyRecord{})
	revoked := h.key(t, access.KeyRecord{})
	if _, err := h.Keys.Revoke(ctx, revoked.ID); err != nil {
		t.Fatal(err)
	}
	h.key(t, access.KeyRecord{ID: "dev-1", Secret: "secret-one"})
	if _, err := h.Users.Create(ctx, access.UserRecord{Name: "ann", Password: "correct horse"}); err != nil {
		t.Fatal(err)
	}
	if got := h.login(t, key.ID, key.Secret); got != 200 { // what is read once is read
		t.Fatalf("got %d, want 200", got)
	}
	var hashes atomic.Int64
	h.CountHashes(func(n int) { hashes.Add(int64(max(n, 0))) })
	for _, group := range [][]access.Credentials{
		{{ID: key.ID, Secret: "wrong"}, {ID: "_key_1", Secret: "wrong"}, {ID: revoked.ID, Secret: revoked.Secret}, {ID: revoked.ID, Secret: "wrong"}},
		{{ID: "dev-1", Secret: "wrong"}, {ID: "ann", Secret: "wrong"}, {ID: "nobody", Secret: "wrong"}},
		{{Secret: "wrong"}, {Secret: revoked.Secret}},
	} {
		var want string
		for _, c := range group {
			store.reads.Store(0)
			hashes.Store(0)
			_, err := h.Admit(ctx, c)
			got := fmt.Sprintf("%v after %d readings and %d hashes", err, store.reads.Load(), hashes.Load())
			if want == "" {
				want = got
			}
			if got != want || status(err) != 401 {
				t.Errorf("%s: got %s, want %s", c.ID, got, want)
			}
		}
	}
}

// TestStoreAway: while the store is away those whom a guard knows come in, and
// others are told to come again.
func TestStoreAway(t *testing.T) {
	store := &counting{Store: memory.New(memory.Config{})}
	h := beside(t, store, &clock{at: time.Now()})
	known, other := h.key(t, access.KeyRecord{}), h.key(t, access.KeyRecord{})
	if got := h.login(t, known.ID, known.Secret); got != 200 {
		t.Fatalf("got %d, want 200", got)
	}
	store.away.Store(true)
	h.clock.pass(time.Minute)
	if got := h.login(t, known.ID, known.Secret); got != 200 {
		t.Errorf("known: got %d, want 200", got)
	}
	if _, err := h.Login(t.Context(), other.ID, other.Secret); !errors.Is(err, points.ErrUnavailable) {
		t.Errorf("unknown: got %v, want that the store is away", err)
	}
	if got := strings.Count(h.log.String(), "remain good"); got != 1 {
		t.Errorf("got %d lines about it, want 1", got)
	}
	store.away.Store(false)
	h.clock.pass(time.Second)
	if _, err := h.Keys.Revoke(operator(t), known.ID); err != nil {
		t.Fatal(err)
	}
	if got := h.login(t, known.ID, known.Secret); got != 401 {
		t.Errorf("revoked: got %d, want 401", got)
	}
}

// TestRevokedElsewhere: what one server revokes, narrows or rotates is so on
// another one within a second, also for requests under way.
func TestRevokedElsewhere(t *testing.T) {
	store := memory.New(memory.Config{})
	here, there := beside(t, store, &clock{at: time.Now()}), beside(t, store, nil, func(c *access.Config) { c.Now = nil })
	running, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		there.Run(running)
	}()
	defer func() { stop(); <-ended }()
	ctx := operator(t)
	change := func(do func(*access.KeyRecord) error) func(string) error {
		return func(id string) error {
			_, err := here.Keys.Change(ctx, id, do)
			return err
		}
	}
	for _, tt := range []struct {
		name string
		do   func(id string) error
		ends bool
	}{
		{"revoked", func(id string) error { _, err := here.Keys.Revoke(ctx, id); return err }, true},
		{"rotated", func(id string) error { _, err := here.Keys.Rotate(ctx, id); return err }, true},
		{"role", change(func(r *access.KeyRecord) error { r.Role = access.Viewer; return nil }), true},
		{"narrowed", change(func(r *access.KeyRecord) error {
			r.Context = access.Context{Type: access.Device, IDs: []string{"d1"}}
			return nil
		}), true},
		{"renamed", change(func(r *access.KeyRecord) error { r.Name = "x"; return nil }), false},
	} {
		key := here.key(t, access.KeyRecord{})
		p, err := there.Login(t.Context(), key.ID, key.Secret)
		if err != nil {
			t.Fatal(err)
		}
		under, release := there.Watch(t.Context(), p)
		begun := time.Now()
		if err := tt.do(key.ID); err != nil {
			t.Fatal(err)
		}
		wait := 20 * time.Second
		if !tt.ends {
			wait = 900 * time.Millisecond // twice what it takes to look
		}
		select {
		case <-under.Done():
			if !tt.ends || status(context.Cause(under)) != 401 {
				t.Errorf("%s: the request was ended by %v after %s", tt.name, context.Cause(under), time.Since(begun))
			}
		case <-time.After(wait):
			if tt.ends {
				t.Errorf("%s: the request goes on", tt.name)
			}
		}
		release()
	}
}

// TestExpiryEndsRequests: a request ends when its key does.
func TestExpiryEndsRequests(t *testing.T) {
	h := open(t, func(c *access.Config) { c.Now = nil })
	var p *access.Principal
	for life := time.Second; p == nil; life *= 2 { // a slow machine needs a key that lasts longer
		end := time.Now().Add(life)
		key := h.key(t, access.KeyRecord{Expires: &end})
		var err error
		if p, err = h.Login(t.Context(), key.ID, key.Secret); err != nil && life > 10*time.Second {
			t.Fatal(err)
		}
	}
	running, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		h.Run(running)
	}()
	defer func() { stop(); <-ended }()
	under, release := h.Watch(t.Context(), p)
	defer release()
	select {
	case <-under.Done():
	case <-time.After(20 * time.Second):
		t.Error("the request goes on")
	}
}

// TestOrganizations: one organization binds nobody; from the second one on
// everybody but root sees his own, and the first one what names none, too.
func TestOrganizations(t *testing.T) {
	h := open(t)
	keys := map[string]access.KeyRecord{"nobody's": h.key(t, access.KeyRecord{})}
	untagged, acme, globex := points.Key{Metric: "m"}, tagged("organization", "acme"), tagged("organization", "globex")
	sees := func(name string, want ...bool) {
		t.Helper()
		p, err := h.Login(t.Context(), keys[name].ID, keys[name].Secret)
		if err != nil {
			t.Fatal(err)
		}
		var got []bool
		for _, k := range []*points.Key{&untagged, &acme, &globex} {
			got = append(got, p.Constraint.Permits(k))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s sees %v, want %v of what is untagged, acme's and globex's", name, got, want)
		}
	}
	sees("nobody's", true, true, true)
	keys["acme's"] = h.key(t, access.KeyRecord{Organization: "acme"})
	keys["root's"] = h.key(t, access.KeyRecord{Organization: "acme", Role: access.Root})
	sees("acme's", true, true, true)
	keys["globex's"] = h.key(t, access.KeyRecord{Organization: "globex"})
	sees("nobody's", true, true, false)
	sees("acme's", true, true, false)
	sees("globex's", false, false, true)
	sees("root's", true, true, true)
	p, err := h.Bearer(t.Context(), access.Claims{Subject: "ann", Organization: "other", Role: "admin"})
	if status(err) != 401 {
		t.Errorf("a token of an organization that is not there: got %+v %v, want 401", p, err)
	}
}

// tagged is a series with one tag.
func tagged(name, value string) points.Key {
	return points.Key{Metric: "m", Tags: points.Tags{{Name: name, Value: value}}}
}

// TestNoSecretIsTold: neither the log nor any record but the audit's neighbours has
// a secret or a password.
func TestNoSecretIsTold(t *testing.T) {
	h, ctx := open(t), operator(t)
	key := h.key(t, access.KeyRecord{Name: "partner"})
	again, err := h.Keys.Rotate(ctx, key.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Users.Create(ctx, access.UserRecord{Name: "ann", Password: "correct horse"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Keys.Import(ctx, []access.KeyRecord{{ID: "dev-1", Secret: "secret-one"}}); err != nil {
		t.Fatal(err)
	}
	h.login(t, key.ID, "a wrong secret")
	h.login(t, "ann", "a wrong password")
	var texts strings.Builder
	texts.WriteString(h.log.String())
	records, _ := catalog.New(h.store)
	for _, kind := range []string{"key", "key-secret", "user", "organization", "audit", "access-change", "access-first"} {
		for r, err := range records.All(ctx, kind, "") {
			if err != nil {
				t.Fatal(err)
			}
			texts.WriteString(r.ID + string(r.Value) + "\n")
		}
	}
	for _, secret := range []string{key.Secret, again.Secret, "correct horse", "secret-one", "a wrong secret", "a wrong password"} {
		if strings.Contains(texts.String(), secret) {
			t.Errorf("%q is told in\n%s", secret, &texts)
		}
	}
	if !strings.Contains(h.log.String(), "audit=true action=key.create by=operator") {
		t.Errorf("got %s, want a line about the key", h.log)
	}
}

// TestUses: when a key was used is noted in it to the minute, apart from requests.
func TestUses(t *testing.T) {
	h, ctx := open(t), operator(t)
	key := h.key(t, access.KeyRecord{})
	h.login(t, key.ID, key.Secret)
	for i, want := range []time.Duration{0, 0, 90 * time.Second} {
		h.WriteUses(ctx)
		r, err := h.Keys.Show(ctx, key.ID)
		if err != nil || r.Used == nil || !r.Used.Equal(key.Created.Add(want)) {
			t.Errorf("look %d: got %v %v, want %s after %s", i, r.Used, err, want, key.Created)
		}
		h.clock.pass(45 * time.Second)
		h.login(t, key.ID, key.Secret)
	}
}

// TestAuditTrim: the newest entries of the last days stay.
func TestAuditTrim(t *testing.T) {
	h, ctx := open(t), operator(t)
	for range 10 {
		h.key(t, access.KeyRecord{})
		h.clock.pass(time.Hour)
	}
	count := func(want int) {
		t.Helper()
		all, err := h.Audit.List(ctx, access.Page{})
		if err != nil || len(all) != want || !slices.IsSortedFunc(all, func(a, b access.Entry) int { return b.At.Compare(a.At) }) {
			t.Errorf("got %d entries %v, want %d, newest first", len(all), err, want)
		}
	}
	count(10)
	for _, tt := range []struct {
		most  int
		since time.Duration
		want  int
	}{{100, 100 * time.Hour, 10}, {100, 7*time.Hour + time.Minute, 7}, {5, 100 * time.Hour, 5}} {
		if err := h.Audit.Trim(ctx, tt.most, h.clock.Now().Add(-tt.since)); err != nil {
			t.Fatal(err)
		}
		count(tt.want)
	}
}

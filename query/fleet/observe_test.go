package fleet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// running runs a fleet until the test ends.
func running(t *testing.T, f *Fleet) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); f.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
}

// listed is the ids of all devices of an organization.
func listed(t *testing.T, f *Fleet, organization string) string {
	t.Helper()
	list, err := f.Devices(t.Context(), organization, "", "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, d := range list {
		ids = append(ids, d.ID)
	}
	return strings.Join(ids, " ")
}

// TestObserve: whoever writes the first point of a device creates it, in its
// organization, unless it is called so already.
func TestObserve(t *testing.T) {
	y := newYard(t)
	f := y.fleet()
	s := f.Observe(y.store)
	if found, ok := storage.As[storage.RecordKeeper](s); !ok || found == nil {
		t.Error("the observed store is in the way of what the store can do")
	}
	running(t, f)
	if _, err := f.Create(t.Context(), "", Device{ID: "d0", Aliases: []string{"SN"}}); err != nil {
		t.Fatal(err)
	}
	for _, series := range []string{"a{device=d1}", "b{device=d1}", "a{device=d2,organization=other}", "a{host=h}", "a{device=SN}", "a{device=x\x01}"} {
		write(t, s, series, 1)
	}
	if got := listed(t, f, ""); got != "d0 d1 d2" {
		t.Errorf("got %s, want d0 d1 d2", got)
	}
	y.shared(Tenancy{Home: "acme", Several: true})
	y.pass(time.Second)
	write(t, s, "a{host=h}", 2) // there is a reason to look
	deadline := time.Now().Add(10 * time.Second)
	for f.known.has(f.known.hash("other", "d2")) && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	for _, series := range []string{"a{device=d2,organization=other}", "a{device=d3,organization=acme}", "a{device=d4}"} {
		write(t, s, series, 3)
	}
	if got := listed(t, f, "other"); got != "d2" {
		t.Errorf("got %s of the other organization, want d2", got)
	}
	if got := listed(t, f, "acme"); got != "d0 d1 d2 d3 d4" {
		t.Errorf("got %s of the home, want d0 d1 d2 d3 d4", got)
	}
	if got, err := f.Resolve(t.Context(), "acme", "SN", Manner{}); err != nil || got.ID != "d0" {
		t.Errorf("got %q, %v: data have stolen an alias", got.ID, err)
	}
}

// TestDiscover: devices that have points and no record are created, once, in their
// organization.
func TestDiscover(t *testing.T) {
	y := newYard(t)
	y.shared(Tenancy{Home: "acme", Several: true})
	f := y.fleet()
	if _, err := f.Create(t.Context(), "acme", Device{ID: "d0", Aliases: []string{"SN"}}); err != nil {
		t.Fatal(err)
	}
	for _, device := range []string{"d0", "d1", "d2,organization=acme", "SN", "d3,organization=other", "x\x01"} {
		write(t, y.store, "a{device="+device+"}", 1)
	}
	for organization, want := range map[string]int64{"acme": 2, "other": 1, "none": 0} {
		for range 2 {
			if got, err := f.Discover(t.Context(), organization); err != nil || got != want {
				t.Errorf("%s: got %d, %v, want %d", organization, got, err, want)
			}
			want = 0
		}
	}
	if got := listed(t, f, "acme") + "; " + listed(t, f, "other"); got != "d0 d1 d2; d3" {
		t.Errorf("got %s, want d0 d1 d2; d3", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Discover(ctx, "acme"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it cancelled", err)
	}
}

// refusing is a store that takes nothing.
type refusing struct{ storage.Store }

// Write refuses.
func (refusing) Write(context.Context, *storage.Batch) error { return points.ErrUnavailable }

// TestObserveStoredAlone: what is not stored creates nothing, nor do removals, nor
// anything where it is switched off.
func TestObserveStoredAlone(t *testing.T) {
	y := newYard(t)
	f := y.fleet()
	k := keyOf("a{device=d1}")
	var put, remove storage.Batch
	put.Put(k, blockOf(k, 1), 0)
	remove.Remove(k, 1)
	if err := f.Observe(refusing{y.store}).Write(t.Context(), &put); !errors.Is(err, points.ErrUnavailable) {
		t.Errorf("got %v, want it refused", err)
	}
	off := y.fleet(func(c *Config) { c.AutoCreate = false })
	if err := errors.Join(f.Observe(y.store).Write(t.Context(), &remove), off.Observe(y.store).Write(t.Context(), &put)); err != nil {
		t.Error(err)
	}
	if got := listed(t, f, "") + listed(t, off, ""); got != "" {
		t.Errorf("got %s, want no device", got)
	}
}

// TestDeletedDevicesComeAgain: a device that is deleted on one server is created
// by its next point on another one, which has known it.
func TestDeletedDevicesComeAgain(t *testing.T) {
	y := newYard(t)
	one, two := y.fleet(), y.fleet()
	s := two.Observe(y.store)
	running(t, two)
	write(t, s, "a{device=d1}", 1)
	if got := listed(t, two, ""); got != "d1" {
		t.Fatalf("got %s, want d1", got)
	}
	for i := range goneMost + 2 { // once told one by one, once more than are told
		if err := one.Delete(t.Context(), "", "d1", true); err != nil {
			t.Fatal(err)
		}
		if i > 0 && i < goneMost+1 {
			if _, err := one.Create(t.Context(), "", Device{ID: "d1"}); err != nil {
				t.Fatal(err)
			}
			continue
		}
		y.pass(2 * time.Second)
		deadline := time.Now().Add(10 * time.Second)
		for listed(t, two, "") != "d1" {
			if time.Now().After(deadline) {
				t.Fatal("the device does not come again")
			}
			write(t, s, "a{device=d1}", int64(i))
			time.Sleep(time.Millisecond)
		}
	}
}

// TestKnown: what is known stays so where there is room, and what is unknown is
// so whatever else is known.
func TestKnown(t *testing.T) {
	k := newKnown()
	k.add(k.hash("", "1"))
	if k.has(k.hash("", "1")) {
		t.Error("1 is known before there is room")
	}
	k.open()
	for i := range 100_000 {
		k.add(k.hash("", fmt.Sprint(i)))
	}
	lost := 0
	for i := range 100_000 {
		if !k.has(k.hash("", fmt.Sprint(i))) {
			lost++
		}
		if k.has(k.hash("o", fmt.Sprint(i))) || k.has(k.hash("", fmt.Sprint(-i-1))) {
			t.Fatalf("%d is known that nobody told", i)
		}
	}
	if lost > 10 {
		t.Errorf("%d of 100,000 are forgotten", lost)
	}
	k.remove(k.hash("", "1"))
	if k.has(k.hash("", "1")) || !k.has(k.hash("", "2")) {
		t.Error("another one is forgotten than was removed")
	}
	k.clear()
	if k.has(k.hash("", "2")) {
		t.Error("2 is known after all were forgotten")
	}
}

// taking is a store that takes everything and keeps nothing.
type taking struct{ storage.Store }

// Write takes.
func (taking) Write(context.Context, *storage.Batch) error { return nil }

// BenchmarkObserve writes batches of points of devices that are known, through
// the hook and without it.
func BenchmarkObserve(b *testing.B) {
	y := newYard(b)
	f := y.fleet()
	f.Observe(y.store)
	for _, devices := range []int{10, 1_000_000} {
		for _, hooked := range []bool{false, true} {
			b.Run(fmt.Sprintf("devices=%d/hook=%v", devices, hooked), func(b *testing.B) {
				var batch storage.Batch
				for i := range 1000 {
					k := keyOf(fmt.Sprintf("temperature{device=device-%d,site=berlin}", i*devices/1000))
					f.known.add(f.known.hash("", k.Tags[0].Value))
					batch.Put(k, blockOf(k, 1), 0)
				}
				for i := range devices {
					f.known.add(f.known.hash("", fmt.Sprintf("device-%d", i)))
				}
				s := storage.Store(taking{y.store})
				if hooked {
					s = f.Observe(s)
				}
				b.ReportAllocs()
				for b.Loop() {
					if err := s.Write(b.Context(), &batch); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "points/s")
			})
		}
	}
}

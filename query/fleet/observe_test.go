package fleet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
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

// TestManyBirths: of more devices than the queue has room for, all are created by
// one point each, and who asks for one of them waits for it.
func TestManyBirths(t *testing.T) {
	y := newYard(t)
	f := y.fleet()
	f.Observe(y.store)
	var b storage.Batch
	const n = 2*queueRoom + 100
	for i := range n {
		k := keyOf(fmt.Sprintf("a{device=d%d}", i))
		b.Put(k, blockOf(k, 1), 0)
	}
	f.see(&b)
	if _, err := f.Resolve(t.Context(), "", "nobody", Manner{}); !errors.Is(err, ErrUnknown) || f.queue.waiting() != n {
		t.Errorf("got %v and %d waiting, want nobody known and %d waiting", err, f.queue.waiting(), n)
	}
	if got, err := f.Resolve(t.Context(), "", fmt.Sprintf("d%d", n-1), Manner{}); err != nil {
		t.Errorf("got %q, %v", got.ID, err)
	}
	count := 0
	for _, err := range f.c.Catalog.All(t.Context(), kindDevice, "") {
		if count++; err != nil {
			t.Fatal(err)
		}
	}
	if count != n || f.queue.waiting() != 0 {
		t.Errorf("got %d devices and %d waiting, want %d and 0", count, f.queue.waiting(), n)
	}
}

// TestListBesideManyBirths: a list of devices has those that were written before it,
// unless very many wait to be created: then it does not wait, and has those that are
// there.
func TestListBesideManyBirths(t *testing.T) {
	y := newYard(t)
	f := y.fleet()
	s := f.Observe(y.store)
	write(t, s, "a{device=first}", 1)
	if got := listed(t, f, ""); got != "first" {
		t.Errorf("got %s, want the device that was written", got)
	}
	for i := range queueRoom + 1 {
		f.expect(birth{id: fmt.Sprintf("d%d", i)})
	}
	if got, waiting := listed(t, f, ""), f.queue.waiting(); got != "first" || waiting != queueRoom+1 {
		t.Errorf("got %.40s and %d waiting, want the first and all others waiting", got, waiting)
	}
	if err := f.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	write(t, s, "a{device=again}", 2)
	if list, err := f.Devices(t.Context(), "", "again", "", 10); err != nil || len(list) != 1 {
		t.Errorf("got %d, %v, want the device that was written behind many", len(list), err)
	}
}

// TestSettleAmongBirths: who waits for the devices that were written before does not
// wait for those that others write meanwhile, and not for less than was asked.
func TestSettleAmongBirths(t *testing.T) {
	q := newQueue()
	offer := func(n int) {
		for i := range n {
			q.push(birth{id: fmt.Sprint(i)})
		}
	}
	over := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	if !over(q.rest()) {
		t.Error("an empty queue has no rest")
	}
	offer(3)
	first, again := q.rest(), q.rest()
	offer(3)
	second := q.rest()
	a, b := q.take(2), q.take(2)
	q.done(b)
	if over(first) || q.waiting() != 6 {
		t.Errorf("got %d waiting, and the first: %t, while two of them are not dealt with", q.waiting(), over(first))
	}
	q.done(a)
	if !over(first) || !over(again) || over(second) || q.waiting() != 2 {
		t.Errorf("got %d waiting, the first %t and the second %t, want 2, over and not over", q.waiting(), over(first), over(second))
	}
	if c := q.take(5); len(c.list) != 2 || len(q.take(5).list) != 0 {
		t.Errorf("got %d in the end, want 2 and none then", len(c.list))
	} else if q.done(c); !over(second) || !over(q.rest()) || q.waiting() != 0 {
		t.Errorf("got %d waiting, want none", q.waiting())
	}
}

// TestSettleLeft: a device that somebody else has written is created although who waits
// for it leaves meanwhile.
func TestSettleLeft(t *testing.T) {
	for _, batches := range []bool{true, false} {
		y := newYard(t)
		leave := func() {}
		f := y.fleet(func(c *Config) {
			if !batches {
				c.Catalog = y.one()
			}
			c.Tenancy = func(ctx context.Context) (Tenancy, error) { leave(); return y.tenancy(ctx) }
		})
		write(t, f.Observe(y.store), "a{device=d1}", 1)
		ctx, cancel := context.WithCancel(t.Context())
		leave = cancel
		if _, err := f.Devices(ctx, "", "", "", 10); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v for who has left", err)
		}
		if got := listed(t, f, ""); got != "d1" {
			t.Errorf("batches %t: got %q, want the device that was written", batches, got)
		}
	}
}

// TestExpect: of many who write new devices at once each device is put into the
// queue by one, and a device for which there is no room is not known.
func TestExpect(t *testing.T) {
	y := newYard(t)
	f := y.fleet()
	f.Observe(y.store)
	var b storage.Batch
	const n = 2 * queueRoom
	for i := range n {
		k := keyOf(fmt.Sprintf("a{device=d%d}", i))
		b.Put(k, blockOf(k, 1), 0)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { f.see(&b) })
	}
	all.Wait()
	if got := f.queue.waiting(); got != n {
		t.Errorf("got %d waiting, want %d", got, n)
	}
	for i := 0; f.queue.push(birth{id: fmt.Sprintf("%0*d", backlogPart, i)}); i++ {
	}
	b = storage.Batch{}
	long := keyOf("a{device=" + strings.Repeat("x", 2*backlogPart) + "}")
	b.Put(long, blockOf(long, 1), 0)
	f.see(&b)
	if id := long.Tags[0].Value; f.known.has(f.known.hash("", id)) {
		t.Error("a device is known that was not put into the queue")
	}
}

// TestExpectTogether: whoever writes a device that another one is about to put into the
// queue finds it there at once, and so in the list that he asks for next.
func TestExpectTogether(t *testing.T) {
	y := newYard(t)
	f := y.fleet()
	f.Observe(y.store)
	for i := range 20_000 {
		var all sync.WaitGroup
		begin := make(chan struct{})
		for range 4 {
			all.Go(func() {
				<-begin
				f.expect(birth{id: fmt.Sprint(i)})
				if got := f.queue.waiting(); got != i+1 {
					t.Errorf("got %d waiting, want %d", got, i+1)
				}
			})
		}
		close(begin)
		all.Wait()
		if t.Failed() {
			return
		}
	}
}

// TestBacklog: devices come out as they went in, and no more go in than there is
// room for.
func TestBacklog(t *testing.T) {
	var l backlog
	name := func(i int) birth { return birth{strings.Repeat("o", i%3), fmt.Sprintf("%0*d", 1+i*37%4000, i)} }
	in, out := 0, 0
	for ; l.push(name(in)); in++ {
		if in%3 == 0 {
			if got := l.pop(); got != name(out) {
				t.Fatalf("got %v, want %v", got, name(out))
			}
			out++
		}
	}
	if l.size > backlogBytes || l.size < backlogBytes-backlogPart || in-out < backlogBytes/5000 {
		t.Errorf("full with %d devices in %d bytes", in-out, l.size)
	}
	for ; !l.empty(); out++ {
		if got := l.pop(); got != name(out) {
			t.Fatalf("got %v, want %v", got, name(out))
		}
	}
	long := birth{id: strings.Repeat("x", 2*backlogPart)}
	if in != out || l.size != 0 || !l.push(long) || l.pop() != long {
		t.Errorf("got %d out of %d, %d bytes left", out, in, l.size)
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

package fleet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"aion/storage"
)

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
		id := fmt.Sprintf("d%d", i)
		f.expect(birth{id: id}, f.known.hash("", id))
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
				f.expect(birth{id: fmt.Sprint(i)}, f.known.hash("", fmt.Sprint(i)))
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

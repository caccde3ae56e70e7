package fleet

import (
	"errors"
	"testing"

	"aion/storage"
	"aion/storage/points"
	"aion/storage/storagetest"
)

// TestRecalled: a series is recalled once its device is known, and no longer when any
// device has been forgotten; a number of one that was recalled before comes back then,
// so that its device is created anew.
func TestRecalled(t *testing.T) {
	y := newYard(t)
	f := y.fleet()
	s, ok := f.Observe(storagetest.NewRecalling(y.store, 1)).(storage.Recaller)
	if !ok {
		t.Fatal("an observed store does not recall")
	}
	running(t, f)
	key := func(device string) points.Key {
		return points.Key{Metric: "m", Tags: points.Tags{{Name: "device", Value: device}}, Type: points.TypeLong}
	}
	recalled := func(device string) storage.Ref {
		refs := []storage.Ref{7}
		s.Recall([]storage.Mark{storage.MarkOf([]byte(device))}, refs)
		return refs[0]
	}
	put := func(device string) {
		t.Helper()
		var b storage.Batch
		var block points.Block
		block.AppendInt(1, 1)
		b.Put(key(device), block, 0)
		b.Changes[0].Mark = storage.MarkOf([]byte(device))
		if err := s.Write(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
	}
	again := func(ref storage.Ref) error {
		var b storage.Batch
		b.Recall(storage.Recalled{Ref: ref, At: 2, Bits: 2, Long: true})
		return s.Write(t.Context(), &b)
	}
	if ref := recalled("d1"); ref != 0 {
		t.Errorf("recalled %d, which was never written", ref)
	}
	put("d1")
	put("d2")
	one, two := recalled("d1"), recalled("d2")
	if one == 0 || two == 0 || one == two {
		t.Fatalf("recalled %d and %d of two series", one, two)
	}
	if err := again(one); err != nil {
		t.Error(err)
	}
	if got := listed(t, f, ""); got != "d1 d2" {
		t.Errorf("got the devices %s, want d1 d2", got)
	}
	if err := f.Delete(t.Context(), "", "d1", false); err != nil {
		t.Fatal(err)
	}
	f.look(t.Context()) // or the first write's look, which is under way, hears of d1 after it came back
	if ref := recalled("d1"); ref != 0 {
		t.Errorf("recalled %d, whose device is gone", ref)
	}
	if err := again(one); !errors.Is(err, storage.ErrForgotten) {
		t.Errorf("got %v for a number whose device is gone, want ErrForgotten", err)
	}
	put("d1")
	if got := listed(t, f, ""); got != "d1 d2" || recalled("d1") == 0 {
		t.Errorf("got the devices %s and d1 recalled as %d, want d1 d2 and a series", got, recalled("d1"))
	}
	if recalled("d2") != 0 {
		t.Error("d2 is recalled before it was looked at anew")
	}
	put("d2")
	if recalled("d2") != two {
		t.Error("d2 is not recalled after it was looked at anew")
	}
}

// TestLostIsTakenAway: a device that is taken away when its place among the known ones
// is lost, as it may be at any time, is no longer familiar either.
func TestLostIsTakenAway(t *testing.T) {
	k, set := newKnown(), familiar{}
	k.open()
	h := k.hash("", "d")
	k.add(h)
	set.add(k.era.Load(), []storage.Ref{7})
	numbers := []storage.Recalled{{Ref: 7}}
	if !set.has(k, numbers) {
		t.Fatal("the series is not familiar")
	}
	k.now.Load().slot(h, h).Store(0)
	k.remove(h)
	if set.has(k, numbers) {
		t.Error("the series is familiar although its device was taken away")
	}
}

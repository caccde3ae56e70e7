package fleet

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"aion/storage"
	"aion/storage/catalog"
)

// single is a store whose records are read and changed one by one only.
type single struct{ storage.Store }

// Records are the store's records without batches.
func (s single) Records() storage.Records {
	keeper, _ := storage.As[storage.RecordKeeper](s.Store)
	return struct{ storage.Records }{keeper.Records()}
}

// one is the yard's store without batches of records.
func (y *yard) one() *catalog.Catalog {
	records, ok := catalog.New(single{y.store})
	if !ok {
		y.t.Fatal("the store keeps no records")
	}
	return records
}

// birthsOf are births of devices that are named organization:id or id.
func birthsOf(names ...string) []birth {
	var list []birth
	for _, name := range names {
		organization, id, ok := strings.Cut(name, ":")
		if !ok {
			organization, id = "", name
		}
		list = append(list, birth{organization: organization, id: id})
	}
	return list
}

// TestBrood: what is created together is what would be created one by one: ids that
// something else is called by, that are there, that come twice or that nothing can
// be called by are left out.
func TestBrood(t *testing.T) {
	long, dear := strings.Repeat("x", maxID+1), strings.Repeat("Ⱥ", maxID/2)
	for _, share := range []Tenancy{{}, {Home: "acme"}, {Home: "acme", Several: true}} {
		for _, batches := range []bool{true, false} {
			y := newYard(t)
			y.shared(share)
			ctx := t.Context()
			f := y.fleet(func(c *Config) {
				if !batches {
					c.Catalog = y.one()
				}
			})
			made, err := f.Create(ctx, "", Device{ID: "there", Aliases: []string{"SN", "other case"}, Name: "named"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.CreateApp(ctx, "", App{ID: "app"}); err != nil {
				t.Fatal(err)
			}
			list := birthsOf("d1", "there", "SN", "sn", "Other Case", "named", "app", "d2", "d1", "acme:d1", "acme:d3", "b:d1", "b:app",
				"", "x\x01", "\xff", long, dear, "b:"+dear, made.Identifiers().Hex, made.Identifiers().Digits, "_dev_100000000000000001", "D1",
				strings.Repeat("ß/", 300)+":d1", "é")
			created, err := f.bear(ctx, list...)
			if err != nil {
				t.Fatal(err)
			}
			want := []string{"D1", "Other Case", "_dev_100000000000000001", "d1", "d2", "d3", "named", "sn", "there", "é", dear}
			if got := listed(t, f, ""); got != strings.Join(want, " ") {
				t.Errorf("%+v, batches %t: got %q, want %q", share, batches, got, strings.Join(want, " "))
			}
			number := len(want) - 1 // all but the one that was there
			if share.Several {
				number += 3
				if got := listed(t, f, "b"); got != "app d1 "+dear {
					t.Errorf("batches %t: got %q of another organization", batches, got)
				}
			}
			if int(created) != number {
				t.Errorf("%+v, batches %t: got %d created, want %d", share, batches, created, number)
			}
			settled(t, f)
			if again, err := f.bear(ctx, list...); err != nil || again != 0 {
				t.Errorf("got %d created again, %v", again, err)
			}
		}
	}
}

// TestBroodsCutOff cuts the creation of several devices off at every call of the
// store: whatever is there then is consistent, and doing it again completes it.
func TestBroodsCutOff(t *testing.T) {
	list := birthsOf("d1", "d2", "d3", "SN", "there", "d4")
	for n := 0; ; n++ {
		y := newYard(t)
		f, ctx := y.fleet(), t.Context()
		if _, err := f.Create(ctx, "", Device{ID: "there", Aliases: []string{"SN"}}); err != nil {
			t.Fatal(err)
		}
		_, err := y.fragileFleet(n/2, n%2 == 1).bear(ctx, list...)
		if err == nil && n%2 == 0 {
			break
		}
		consistent(t, f, []string{"d1", "d2", "d3", "d4", "SN", "there"})
		if _, err := f.bear(ctx, list...); err != nil {
			t.Errorf("again it fails: %v", err)
		}
		if got, want := listed(t, f, ""), "d1 d2 d3 d4 there"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		settled(t, f)
		if t.Failed() {
			t.Fatalf("cut off at %d", n)
		}
	}
}

// scramble does one of the things that meet, on one of a few ids.
func scramble(t *testing.T, f *Fleet, r *rand.Rand, worker uint64, turn int) error {
	ctx, id := t.Context(), fmt.Sprintf("d%d", r.IntN(12))
	switch r.IntN(8) {
	case 0:
		_, err := f.Create(ctx, "", Device{ID: fmt.Sprintf("other%d.%d", worker, turn), Aliases: []string{id}})
		return err
	case 1:
		_, err := f.CreateApp(ctx, "", App{ID: id})
		return err
	case 2:
		return f.DeleteApp(ctx, "", id)
	case 3:
		return f.Delete(ctx, "", id, false)
	}
	var list []birth
	for _, i := range r.Perm(12)[:5] {
		list = append(list, birth{id: fmt.Sprintf("d%d", i)})
	}
	_, err := f.bear(ctx, list...)
	return err
}

// TestBroodsMeet: of devices that are created together on several servers, while
// others, and apps, get their ids for aliases and ids, each is created once; in the
// end every device is found by all that it says that it is called.
func TestBroodsMeet(t *testing.T) {
	for seed := range uint64(20) {
		y := newYard(t)
		var all sync.WaitGroup
		for worker := range uint64(5) {
			all.Go(func() {
				r := rand.New(rand.NewPCG(seed, worker))
				f := y.fleet() // a server of its own
				for turn := range 40 {
					if err := scramble(t, f, r, worker, turn); err != nil && !errors.Is(err, ErrTaken) && !errors.Is(err, ErrUnknown) {
						t.Errorf("seed %d: %v", seed, err)
					}
				}
			})
		}
		all.Wait()
		f := y.fleet()
		settled(t, f)
		apps, err := f.Apps(t.Context(), "", "", "", 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range apps {
			if d, err := f.Resolve(t.Context(), "", a.ID, Manner{Unnamed: true}); err == nil {
				t.Errorf("seed %d: device %s is called as an app", seed, d.ID)
			}
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}

// TestBroodCorrupt: devices that are created together with one of which something cannot
// be read are created nevertheless.
func TestBroodCorrupt(t *testing.T) {
	y := newYard(t)
	f, ctx := y.fleet(), t.Context()
	if _, err := f.Create(ctx, "", Device{ID: "x", Aliases: []string{"gw"}}); err != nil {
		t.Fatal(err)
	}
	err := f.c.Catalog.Update(ctx, kindDevice, key("", "x"), func([]byte) ([]byte, error) { return []byte("{"), nil })
	if err != nil {
		t.Fatal(err)
	}
	s := f.Observe(y.store)
	for turn := range int64(2) {
		for _, id := range []string{"a", "gw", "z"} {
			write(t, s, "temp{device="+id+"}", turn)
		}
		if err := f.Settle(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string]bool{"a": true, "gw": false, "z": true} {
		_, revision, err := f.load(ctx, "", id)
		if err != nil || (revision != 0) != want {
			t.Errorf("%s: got the revision %d %v, want it to be there: %v", id, revision, err, want)
		}
		if known := f.known.has(f.known.hash("", id)); known != want {
			t.Errorf("%s: got it known: %v", id, known)
		}
	}
}

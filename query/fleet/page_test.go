package fleet

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"aion/storage"
)

// aliasRecords are the ids of all alias records, those of pages among them.
func aliasRecords(t *testing.T, f *Fleet) (ids []string) {
	t.Helper()
	for r, err := range f.c.Catalog.All(t.Context(), kindAlias, "") {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	return ids
}

// TestNumberPages: devices that are created together have a record for the numbers of many,
// which they keep when they are changed, and which tells of them no longer than they
// are there.
func TestNumberPages(t *testing.T) {
	y := newYard(t)
	y.shared(Tenancy{Home: "acme", Several: true})
	f, ctx := y.fleet(), t.Context()
	var list []birth
	for i := range pageDevices + 2 {
		list = append(list, birth{"", fmt.Sprint("d", i)}, birth{"b", fmt.Sprint("d", i%2)})
	}
	if n, err := f.bear(ctx, list...); err != nil || n != pageDevices+4 {
		t.Fatal(n, err)
	}
	settled(t, f)
	if ids := aliasRecords(t, f); len(ids) != 3 {
		t.Errorf("got the records %v, want three pages", ids)
	}
	_, err := f.Change(ctx, "b", "d0", func(d *Device) error { d.Status = Disabled; return nil })
	if ids := aliasRecords(t, f); err != nil || len(ids) != 3 {
		t.Errorf("got %v, %v with a device changed, want three pages", ids, err)
	}
	for i, d := range devicesOf(t, f, "", "b") {
		hex := d.Identifiers().Hex
		if got, err := f.Resolve(ctx, d.Organization, hex, Manner{}); err != nil || got.ID != d.ID {
			t.Fatalf("%s means %q, %v, want %s", hex, got.ID, err, d.ID)
		}
		if err := f.Delete(ctx, d.Organization, d.ID, false); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Resolve(ctx, d.Organization, hex, Manner{}); !errors.Is(err, ErrUnknown) {
			t.Fatalf("%s means %q, %v though %s is gone", hex, got.ID, err, d.ID)
		}
		if i%40 == 0 {
			settled(t, f)
		}
	}
	if ids := aliasRecords(t, f); len(ids) != 0 {
		t.Errorf("got %v of devices that are gone", ids)
	}
}

// devicesOf are the devices of some organizations.
func devicesOf(t *testing.T, f *Fleet, organizations ...string) (all []Device) {
	t.Helper()
	for _, o := range organizations {
		list, err := f.Devices(t.Context(), o, "", "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
	}
	return all
}

// TestPageTaken: devices whose page is there already are created one by one, and those
// that are on it are not touched.
func TestPageTaken(t *testing.T) {
	y := newYard(t)
	f, ctx := y.fleet(), t.Context()
	if _, err := f.bear(ctx, birthsOf("d1", "d2")...); err != nil {
		t.Fatal(err)
	}
	first := devicesOf(t, f, "")
	from, ok := pageOf(first[0].Number)
	if !ok {
		t.Fatalf("%d is on no page", first[0].Number)
	}
	b := f.newBrood(2)
	for _, c := range birthsOf("d3", "d4") {
		b.add(Tenancy{}, &c)
	}
	b.now = f.now()
	leaves := b.leaves()
	leaves[0].from = from
	if err := b.write(ctx, leaves); err != nil || b.created != 2 || len(b.cradles) != 0 {
		t.Fatalf("got %d created one by one and %d not, %v", b.created, len(b.cradles), err)
	}
	settled(t, f)
	if got := devicesOf(t, f, ""); len(got) != 4 || got[0].Number != first[0].Number || got[1].Number != first[1].Number {
		t.Errorf("got %+v", got)
	}
}

// TestPageHolds: a page says that a device has a number as long as the device does, and
// tells nobody else that he has it.
func TestPageHolds(t *testing.T) {
	f, ctx := newYard(t).fleet(), t.Context()
	if _, err := f.bear(ctx, birthsOf("d1", "d2")...); err != nil {
		t.Fatal(err)
	}
	d := devicesOf(t, f, "")[0]
	c := claim{byNumber, digits(d.Number)}
	for _, id := range []string{"d1", "d2", "d3"} {
		if err := f.release(ctx, "", id, c); err != nil {
			t.Fatal(err)
		}
	}
	settled(t, f)
	for id, want := range map[string]bool{"d1": true, "d2": false, "d3": false} {
		if got, err := f.onPage(ctx, "", id, d.Number); err != nil || got != want {
			t.Errorf("the number of d1 is that of %s: got %t, %v, want %t", id, got, err, want)
		}
	}
	if _, err := f.Change(ctx, "", "d1", func(d *Device) error { d.Name = "one"; return nil }); err != nil {
		t.Error(err)
	}
	if ids := aliasRecords(t, f); len(ids) != 2 {
		t.Errorf("got %v, want a page and a name", ids)
	}
}

// TestNumberAmongPages: a range of numbers is no place for pages where a device has one
// that is on none, as all have that are older than pages.
func TestNumberAmongPages(t *testing.T) {
	y := newYard(t)
	f, ctx := y.fleet(), t.Context()
	const at = leastNumber + 5*pageStep
	for _, tenant := range []string{"", "b"} {
		c := claim{byNumber, digits(at)}
		if _, err := f.c.Catalog.PutBatch(ctx, kindAlias, []storage.Record{{ID: c.record(tenant), Value: []byte(`{"holders":[]}`)}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		tenant   string
		from, to int64
		want     bool
	}{
		{"", at, at + 1, false}, {"b", at - pageStep, at + pageStep, false}, {"", at - pageStep, at, true},
		{"", at + 1, at + pageStep, true}, {"c", at, at + 1, true},
	} {
		if got, err := f.unnumbered(ctx, c.tenant, c.from, c.to); err != nil || got != c.want {
			t.Errorf("%q %d to %d: got %v, %v, want %v", c.tenant, c.from, c.to, got, err, c.want)
		}
	}
}

// TestNumbersOfManyOrganizations: an organization gets numbers for its page soon, however
// many pages others get at once, and however many of its devices are on none.
func TestNumbersOfManyOrganizations(t *testing.T) {
	const others, devices = 1 << 15, 20_000
	const step = int64(mostNumber-leastNumber) / devices // less than the pages of all have together
	y := newYard(t)
	old := make([]storage.Record, devices)
	for i := range old {
		old[i] = storage.Record{ID: claim{byNumber, digits(leastNumber + int64(i)*step)}.record("a"), Value: []byte(`{"holders":[]}`)}
	}
	if _, err := y.fleet().c.Catalog.PutBatch(t.Context(), kindAlias, old); err != nil {
		t.Fatal(err)
	}
	leaves := []leaf{{tenant: "a"}, {tenant: "b"}}
	for range others {
		leaves = append(leaves, leaf{tenant: "c"})
	}
	if err := y.fragileFleet(20, false).newBrood(0).paginate(t.Context(), leaves); err != nil {
		t.Fatal(err)
	}
	for i := 2; i < len(leaves); i++ {
		if _, ok := pageOf(leaves[i].from); !ok || i > 2 && leaves[i].from != leaves[i-1].from+pageStep {
			t.Fatalf("page %d begins at %d, behind one at %d", i, leaves[i].from, leaves[i-1].from)
		}
	}
}

// TestNumbersOfPages: numbers of pages are numbers, all different, and those of
// devices that are created alone are none.
func TestNumbersOfPages(t *testing.T) {
	for _, n := range []int{1, pageDevices, 50_000} {
		offsets := newOffsets(n)
		if slices.Sort(offsets); len(slices.Compact(offsets)) != n || offsets[0] < 0 || offsets[n-1] >= pageSpread {
			t.Errorf("of %d numbers some are the same or on another page", n)
		}
	}
	for range 1000 {
		n, from := newNumber(), newPages(3)
		if _, ok := pageOf(n); ok || n < leastNumber || n > mostNumber {
			t.Fatalf("%d is on a page or none", n)
		}
		last := from + 2*pageStep + pageSpread - 1
		if page, ok := pageOf(last); !ok || page != from+2*pageStep || from < leastNumber || last > mostNumber {
			t.Fatalf("%d is on page %d, %v", last, page, ok)
		}
	}
}

// TestPageNonsense: a page that makes no sense is empty.
func TestPageNonsense(t *testing.T) {
	for _, text := range []string{"", "x", "[]", `{"from":1,"ids":["a"]}`, `{"from":1,"ids":["a"],"numbers":[1,2]}`, `{"from":"1"}`} {
		p := parsePage([]byte(text))
		if id, ok := holderOn([]byte(text), 1); ok || p.find(1) >= 0 || p.find(2) >= 0 || len(p.IDs) != 0 {
			t.Errorf("%s: got %+v and device %q", text, p, id)
		}
	}
}

// TestHolderOn: who has a number is read from a page's record as from the page, whatever
// ids are like and however JSON writes them.
func TestHolderOn(t *testing.T) {
	const from = int64(leastNumber)&^(pageStep-1) + pageStep + pageSpread
	for _, ids := range [][]string{
		{"d1"}, {"d1", "d2", "d3"}, {"a,b", "]}", "numbers"}, {"é", "漢字", "[1,2]"},
		{"a\",\"b", "c\\", "d1"}, {"<&>", "d1"}, {"\"],\"numbers\":[", "d1"}, {`{"from":1,"ids":["`, "d1"}, {"", "d1"},
	} {
		p := page{From: from}
		for i, id := range ids {
			p.IDs, p.Numbers = append(p.IDs, id), append(p.Numbers, int64(pageSpread-1-11*i))
		}
		value, err := appendPage(nil, p)
		if err != nil {
			t.Fatal(err)
		}
		spaced := slices.Replace(slices.Clone(value), 1, 1, ' ')
		for i, n := range p.Numbers {
			for _, text := range [][]byte{value, spaced} {
				if got, ok := holderOn(text, from+n); got != ids[i] || !ok {
					t.Errorf("%s: got %q, %t for %d, want %q", text, got, ok, from+n, ids[i])
				}
				for _, other := range []int64{from + n/10, from + n - 1, from, from + n + pageStep} {
					if got, ok := holderOn(text, other); ok {
						t.Errorf("%s: got %q for %d, which it does not have", text, got, other)
					}
				}
			}
		}
	}
}

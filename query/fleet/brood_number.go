package fleet

import (
	"context"

	"aion/storage"
)

// number gives the devices numbers, whose pages say so before the devices do.
func (b *brood) number(ctx context.Context) error {
	b.now = b.f.now()
	leaves := b.leaves()
	if err := b.paginate(ctx, leaves); err != nil {
		return err
	}
	return b.write(ctx, leaves)
}

// write numbers the devices of leaves and stores their pages. Those whose page is
// there already are created one by one.
func (b *brood) write(ctx context.Context, leaves []leaf) error {
	puts := make([]storage.Record, len(leaves))
	for i := range leaves {
		var err error
		if puts[i], err = b.page(ctx, &leaves[i]); err != nil {
			return err
		}
	}
	revisions, err := b.f.c.Catalog.PutBatch(ctx, kindAlias, puts)
	if err != nil {
		return err
	}
	for i, l := range leaves {
		for _, c := range l.cradles {
			c.numbered = revisions[i] != 0
		}
	}
	return b.keep(func(_ int, c *cradle) (bool, error) {
		if c.numbered {
			return true, nil
		}
		return b.alone(ctx, c) // there is such a page
	})
}

// leaf is devices that come on one page.
type leaf struct {
	tenant  string
	cradles []*cradle
	from    int64
}

// leaves are the devices, which are in order, by the pages that they come on.
func (b *brood) leaves() (list []leaf) {
	for rest := b.cradles; len(rest) != 0; {
		n := 1
		for n < min(len(rest), pageDevices) && rest[n].tenant == rest[0].tenant {
			n++
		}
		list = append(list, leaf{tenant: rest[0].tenant, cradles: rest[:n:n]})
		rest = rest[n:]
	}
	return list
}

// paginate gives leaves numbers to begin with, those of one organization behind one
// another, so that no device of it that was not created on a page has one among them.
// Each organization has numbers of its own: of so many pages as all have together, those
// of its devices would rarely be free.
func (b *brood) paginate(ctx context.Context, leaves []leaf) error {
	for rest := leaves; len(rest) != 0; {
		n := 1
		for n < len(rest) && rest[n].tenant == rest[0].tenant {
			n++
		}
		first, err := b.f.freePages(ctx, rest[0].tenant, n)
		if err != nil {
			return err
		}
		for i := range rest[:n] {
			rest[i].from = first + int64(i)*pageStep
		}
		rest = rest[n:]
	}
	return nil
}

// freePages is newPages where nobody has one of the numbers who is on no page.
func (f *Fleet) freePages(ctx context.Context, tenant string, n int) (int64, error) {
	for {
		first := newPages(n)
		if free, err := f.unnumbered(ctx, tenant, first, first+int64(n)*pageStep); free || err != nil {
			return first, err
		}
	}
}

// unnumbered tells whether no alias record is of a number from one to before another.
func (f *Fleet) unnumbered(ctx context.Context, tenant string, from, to int64) (bool, error) {
	before := claim{byNumber, digits(from - 1)}.record(tenant)
	list, err := f.c.Catalog.List(ctx, kindAlias, claim{byNumber, ""}.record(tenant), before, 1)
	return len(list) == 0 || list[0].ID >= claim{byNumber, digits(to)}.record(tenant), err
}

// page numbers the devices of a leaf and answers the record that says so.
func (b *brood) page(ctx context.Context, l *leaf) (storage.Record, error) {
	p := page{From: l.from, IDs: make([]string, len(l.cradles)), Numbers: newOffsets(len(l.cradles))}
	size := 0
	for i, c := range l.cradles {
		c.device = Device{ID: c.id, Number: p.From + p.Numbers[i], Created: b.now}
		if err := b.f.readyAt(ctx, c.tenant, &Device{}, &c.device, b.now); err != nil {
			return storage.Record{}, err
		}
		p.IDs[i] = c.id
		size += len(c.id) + len(`"",1234567890,`)
	}
	value, err := appendPage(make([]byte, 0, size+64), p)
	return storage.Record{ID: pageRecord(l.tenant, p.From), Value: value}, err
}

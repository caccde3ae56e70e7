package fleet

import (
	"cmp"
	"context"
	"slices"
	"time"

	"aion/storage"
	"aion/storage/catalog"
)

// brood is plain devices that are created together. What add does for one device is
// done here for all of them step by step, as far as nothing is known by their ids;
// the others are created one by one.
type brood struct {
	f       *Fleet
	room    []cradle // empty, for those that are to come
	cradles []*cradle
	created int64 // one by one
	texts   broodRoom
	ids     []string  // of records that are read
	now     time.Time // when the devices come to be
}

// cradle is a device that is to be there: nothing is said of it but its id.
type cradle struct {
	tenant, id    string
	record, alias string // what key and text tell, which is asked for again and again
	device        Device // as it is stored
	numbered      bool   // the page that tells its number is stored
	revision      int64  // of what is stored
}

// cradle is the cradle of a device.
func (b *brood) cradle(tenant, id string) cradle {
	return cradle{
		tenant: tenant, id: id,
		record: b.texts.join(keyParts(tenant, id)), alias: b.texts.join(claim{byAlias, id}.recordParts(tenant)),
	}
}

// key is the id of the device's record.
func (c *cradle) key() string { return c.record }

// text is the id of the record that tells who has the device's id for an alias.
func (c *cradle) text() string { return c.alias }

// plain tells whether the id is not one of those that are made of numbers, and
// whether there can be records of what has to be looked up by it.
func (c *cradle) plain() bool {
	_, made := parseIdentifier(c.id)
	return !made && len(c.key()) <= catalog.MaxName && len(c.text()) <= catalog.MaxName
}

// add adds a device to those that are to be there, if it can be one.
func (b *brood) add(t Tenancy, x *birth) {
	if !fits(x.id) {
		return
	}
	tenant := ""
	if t.Several && x.organization != t.Home {
		tenant = x.organization
	}
	b.room = append(b.room, b.cradle(tenant, x.id))
	b.cradles = append(b.cradles, &b.room[len(b.room)-1])
}

// bear creates the devices and tells how many it has created.
func (b *brood) bear(ctx context.Context) (created int64, err error) {
	order := func(x, y *cradle) int { return cmp.Or(cmp.Compare(x.tenant, y.tenant), cmp.Compare(x.id, y.id)) }
	slices.SortFunc(b.cradles, order)
	turn := b.f.known.turn()
	b.cradles = slices.CompactFunc(b.cradles, func(x, y *cradle) bool { return order(x, y) == 0 })
	for _, step := range []func(context.Context) error{b.sift, b.number, b.store, b.confirm} {
		if err := step(ctx); err != nil {
			return b.created, err
		}
	}
	hashes := make([]uint64, len(b.cradles))
	for i, c := range b.cradles {
		hashes[i] = b.f.known.hash(c.tenant, c.id)
	}
	b.f.known.addMade(turn, hashes...)
	return b.created + int64(len(b.cradles)), nil
}

// keep leaves out the devices for which stays answers false. An error ends it.
func (b *brood) keep(stays func(i int, c *cradle) (bool, error)) error {
	kept := b.cradles[:0]
	for i, c := range b.cradles {
		ok, err := stays(i, c)
		if err != nil {
			return err
		}
		if ok {
			kept = append(kept, c)
		}
	}
	b.cradles = kept
	return nil
}

// alone creates a device by itself. It stays no longer.
func (b *brood) alone(ctx context.Context, c *cradle) (stays bool, err error) {
	made, err := b.f.bearOne(ctx, c)
	if made {
		b.created++
	}
	return false, err
}

// read reads the records of a kind that the devices name.
func (b *brood) read(ctx context.Context, kind string, id func(*cradle) string) ([]storage.Record, error) {
	b.ids = b.ids[:0]
	for _, c := range b.cradles {
		b.ids = append(b.ids, id(c))
	}
	return b.f.c.Catalog.Batch(ctx, kind, b.ids)
}

// free tells of each device whether no alias and no app is recorded by its id.
func (b *brood) free(ctx context.Context) ([]bool, error) {
	texts, err := b.read(ctx, kindAlias, (*cradle).text)
	if err != nil {
		return nil, err
	}
	apps, err := b.read(ctx, kindApp, (*cradle).key)
	if err != nil {
		return nil, err
	}
	free := make([]bool, len(b.cradles))
	for i := range free {
		free[i] = texts[i].Revision == 0 && apps[i].Revision == 0
	}
	return free, nil
}

// sift leaves out the devices that are there, and those of whom more has to be
// found out than whether they are, which are created by themselves.
func (b *brood) sift(ctx context.Context) error {
	err := b.keep(func(_ int, c *cradle) (bool, error) {
		if c.plain() {
			return true, nil
		}
		return b.alone(ctx, c)
	})
	if err != nil {
		return err
	}
	there, err := b.read(ctx, kindDevice, (*cradle).key)
	if err == nil {
		err = b.keep(func(i int, _ *cradle) (bool, error) { return there[i].Revision == 0, nil })
	}
	if err != nil {
		return err
	}
	free, err := b.free(ctx)
	if err != nil {
		return err
	}
	return b.keep(func(i int, c *cradle) (bool, error) {
		if free[i] {
			return true, nil
		}
		return b.alone(ctx, c)
	})
}

// store stores the devices and leaves out those that somebody else has created in
// between.
func (b *brood) store(ctx context.Context) error {
	puts, stamp := make([]storage.Record, len(b.cradles)), b.now.Format(time.RFC3339Nano)
	for i, c := range b.cradles {
		value, err := b.texts.value(func(dst []byte) ([]byte, error) { return appendPlainDevice(dst, &c.device, stamp) })
		if err != nil {
			return err
		}
		puts[i] = storage.Record{ID: c.key(), Value: value}
	}
	revisions, err := b.f.c.Catalog.PutBatch(ctx, kindDevice, puts)
	if err != nil {
		return err
	}
	return b.keep(func(i int, c *cradle) (bool, error) {
		if c.revision = revisions[i]; c.revision != 0 {
			return true, nil
		}
		return false, b.f.releaseAll(ctx, c.tenant, c.id, c.device.claims())
	})
}

// confirm takes those devices back by whose id something else has come to be called
// in between.
func (b *brood) confirm(ctx context.Context) error {
	free, err := b.free(ctx)
	if err != nil {
		return err
	}
	return b.keep(func(i int, c *cradle) (bool, error) {
		if free[i] {
			return true, nil
		}
		was, claims := &Device{}, c.device.claims()
		err := b.f.confirm(ctx, c.tenant, was, &c.device, claims)
		if err == nil {
			return true, nil
		}
		return false, unlessTaken(b.f.undo(ctx, c.tenant, was, &c.device, c.revision, claims, err))
	})
}

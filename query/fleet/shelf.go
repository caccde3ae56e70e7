package fleet

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// shelf keeps records of one kind that have an id and nothing that points to
// them: profiles and apps.
type shelf[T any] struct {
	f     *Fleet
	kind  string
	thing string // as errors call it
	ready func(was, t *T) error
	tell  func(t *T, organization string)
	stamp func(t *T, now time.Time) // notes that it is created or changed
	said  *memo[T]
	copy  func(t T) T // shares nothing with t that is ever changed in place
	props func(t *T) []Property
}

// find is the record of an id as it is, or a revision of 0.
func (s shelf[T]) find(ctx context.Context, tenant, id string) (t T, revision int64, err error) {
	return s.look(ctx, s.f.Lookup, tenant, id)
}

// look is find as a Lookup has it.
func (s shelf[T]) look(ctx context.Context, l Lookup, tenant, id string) (t T, revision int64, err error) {
	t, revision, err = s.peek(ctx, l, tenant, id)
	return s.copy(t), revision, err
}

// peek is look for what is only looked at: others have the same.
func (s shelf[T]) peek(ctx context.Context, l Lookup, tenant, id string) (t T, revision int64, err error) {
	if !fits(id) {
		return t, 0, nil
	}
	r, err := l.record(ctx, s.kind, key(tenant, id))
	if err != nil || r.Revision == 0 {
		return t, 0, err
	}
	t, err = s.said.said(r.Value, func([]byte) (T, error) { return s.parse(r) })
	return t, r.Revision, err
}

// parse reads a record.
func (s shelf[T]) parse(r storage.Record) (t T, err error) {
	if err := json.Unmarshal(r.Value, &t); err != nil {
		return t, fmt.Errorf("read %s %s: %w: %v", s.thing, r.ID, points.ErrCorrupt, err)
	}
	return t, nil
}

// one is the record of an id, or an UnknownError.
func (s shelf[T]) one(ctx context.Context, l Lookup, organization, id string) (t T, err error) {
	tenant, name, err := l.tenancy(ctx, organization)
	if err != nil {
		return t, err
	}
	t, revision, err := s.look(ctx, l, tenant, id)
	switch {
	case err != nil:
		return t, err
	case revision == 0:
		return t, &UnknownError{s.thing, id}
	}
	s.tell(&t, name)
	return t, nil
}

// told names a record's organization.
func (s shelf[T]) told(ctx context.Context, tenant string, list ...*T) error {
	name, err := s.f.organization(ctx, tenant)
	for _, t := range list {
		s.tell(t, name)
	}
	return err
}

// page is some of the records whose ids begin with prefix and sort behind after.
func (s shelf[T]) page(ctx context.Context, organization, prefix, after string, limit int) ([]T, error) {
	tenant, err := s.f.tenant(ctx, organization)
	if err != nil {
		return nil, err
	}
	if after != "" {
		after = key(tenant, after)
	}
	records, err := s.f.c.Catalog.List(ctx, s.kind, key(tenant, prefix), after, limit)
	if err != nil {
		return nil, err
	}
	list := make([]T, len(records))
	for i, r := range records {
		if list[i], err = s.parse(r); err != nil {
			return nil, err
		}
		if err := s.told(ctx, tenant, &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// errNew and errOld end an update that wants no record there, or one.
var errNew, errOld = errors.New("there is none"), errors.New("there is one")

// put stores what change makes of a record. make tells whether there must be none
// yet, else there must be one.
func (s shelf[T]) put(ctx context.Context, organization, id string, create bool, change func(*T) error) (t T, err error) {
	tenant, err := s.f.tenant(ctx, organization)
	if err != nil {
		return t, err
	}
	if !fits(id) {
		return t, points.Invalid("%s: got %q, want UTF-8 of 1 to %d bytes without control characters", s.field(), id, maxID)
	}
	if err := ctx.Err(); err != nil {
		return t, err
	}
	ctx = context.WithoutCancel(ctx) // as within a passage, which begins in between
	p := &passage{f: s.f, of: s.called(tenant, id)}
	err = s.f.c.Catalog.Update(ctx, s.kind, key(tenant, id), func(value []byte) ([]byte, error) {
		var was T
		switch {
		case value == nil && !create:
			return nil, errNew
		case value != nil && create:
			return nil, errOld
		case value != nil:
			if was, err = s.parse(storage.Record{ID: id, Value: value}); err != nil {
				return nil, err
			}
		}
		made, err := s.made(&was, &t, change)
		if err != nil {
			return nil, err
		}
		return made, s.begin(ctx, p, &was, &t)
	})
	err = p.end(ctx, err)
	switch {
	case errors.Is(err, errNew):
		return t, &UnknownError{s.thing, id}
	case errors.Is(err, errOld):
		return t, &TakenError{s.field(), id}
	case err == nil:
		err = s.changed(ctx, p)
	case errors.Is(err, errSame):
		err = nil
	default:
		return t, err
	}
	return t, errors.Join(err, s.told(ctx, tenant, &t))
}

// called is what a record is about, as far as series are guarded for it.
func (s shelf[T]) called(tenant, id string) thing {
	if s.kind == kindProfile {
		return thing{kindProfile, tenant, id}
	}
	return thing{kindDevice, tenant, id}
}

// begin begins a passage, where t guards other series than was, whose place it is
// about to take.
func (s shelf[T]) begin(ctx context.Context, p *passage, was, t *T) error {
	before, after := s.props(was), s.props(t)
	fresh, err := s.f.note(ctx, p.of.tenant, closed(after))
	if err != nil {
		return err
	}
	otherwise, err := s.f.definesOtherwise(ctx, p.of.tenant, before, after)
	if err != nil || !otherwise && !fresh && p.open == nil {
		return err
	}
	p.lost.All = undefined(closed(before), after)
	return p.begin(ctx)
}

// made is the record that change makes of was. Where it says the same, the error
// is errSame.
func (s shelf[T]) made(was, t *T, change func(*T) error) ([]byte, error) {
	before, err := json.Marshal(was)
	if err != nil {
		return nil, err
	}
	if *t, err = s.parse(storage.Record{Value: before}); err != nil { // shares nothing with was
		return nil, err
	}
	if err := change(t); err != nil {
		return nil, err
	}
	if err := s.ready(was, t); err != nil {
		return nil, err
	}
	value, err := json.Marshal(t)
	if err != nil || string(value) == string(before) {
		return nil, cmp.Or(err, errSame)
	}
	s.stamp(t, s.f.now())
	value, err = json.Marshal(t)
	if len(value) > maxRecord {
		return nil, points.Invalid("the %s has %d bytes, and at most %d are kept", s.thing, len(value), maxRecord)
	}
	return value, err
}

// field is what the record's id is called in it.
func (s shelf[T]) field() string {
	if s.kind == kindProfile {
		return "name"
	}
	return "id"
}

// remove takes a record away.
func (s shelf[T]) remove(ctx context.Context, organization, id string) error {
	tenant, err := s.f.tenant(ctx, organization)
	if err != nil {
		return err
	}
	if !fits(id) {
		return &UnknownError{s.thing, id}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // as within a passage, which begins in between
	p := &passage{f: s.f, of: s.called(tenant, id)}
	err = s.f.c.Catalog.Update(ctx, s.kind, key(tenant, id), func(value []byte) ([]byte, error) {
		if value == nil {
			return nil, &UnknownError{s.thing, id}
		}
		was, err := s.parse(storage.Record{ID: id, Value: value})
		if err != nil { // nobody knows what it has guarded
			return nil, p.begin(ctx)
		}
		return nil, s.begin(ctx, p, &was, new(T))
	})
	if err = p.end(ctx, err); err != nil {
		return err
	}
	return s.changed(ctx, p)
}

// changed tells of a change, if contexts name things of the kind and nobody has been
// told of it by the passage.
func (s shelf[T]) changed(ctx context.Context, p *passage) error {
	if s.kind != kindApp || p.open != nil {
		return nil
	}
	return s.f.changed(ctx)
}

// folded is the id of a record whose name is written in any case.
func folded(name string) string { return strings.ToLower(name) }

// born is when something was created that may have been before.
func born(before, now time.Time) time.Time {
	if before.IsZero() {
		return now
	}
	return before
}

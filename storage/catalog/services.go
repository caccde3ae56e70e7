package catalog

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// The kinds of records that hold KairosDB's key store where the engine has none
// of its own: values, and when a service key was modified.
const (
	serviceValue    = "service"
	serviceModified = "service-modified"
)

// Services is KairosDB's key store on a store: the engine's own if it has one,
// else records of the catalog, whose times are now's. Not ok: the store can keep
// neither.
func Services(s storage.Store, now storage.Now) (storage.Services, bool) {
	if keeper, ok := storage.As[storage.ServiceKeeper](s); ok {
		return keeper.Services(), true
	}
	keeper, ok := storage.As[storage.RecordKeeper](s)
	if !ok {
		return nil, false
	}
	return &services{keeper.Records(), now.Or()}, true
}

// services is the key store as records: the id is the path of a key, the value a
// time in milliseconds and the text behind it. A service key goes with its last
// key.
type services struct {
	records storage.Records
	now     storage.Now
}

// path is an id of escaped names; it ends in a slash if the last one is empty.
func path(names ...string) string {
	for i, name := range names {
		names[i] = url.PathEscape(name)
	}
	return strings.Join(names, "/")
}

// Set stores a value.
func (s *services) Set(ctx context.Context, service, serviceKey, key, value string) error {
	if err := s.store(ctx, serviceValue, path(service, serviceKey, key), value); err != nil {
		return fmt.Errorf("store a value of service %s: %w", service, err)
	}
	return s.touch(ctx, service, serviceKey)
}

// touch notes that a service key is modified now.
func (s *services) touch(ctx context.Context, service, serviceKey string) error {
	if err := s.store(ctx, serviceModified, path(service, serviceKey), ""); err != nil {
		return fmt.Errorf("note that service %s is modified: %w", service, err)
	}
	return nil
}

// store stores a text with the present time, over whatever is there.
func (s *services) store(ctx context.Context, kind, id, text string) error {
	if err := named(kind, id); err != nil {
		return err
	}
	value := append(binary.BigEndian.AppendUint64(nil, uint64(s.now().UnixMilli())), text...)
	for {
		was, err := s.records.Record(ctx, kind, id)
		if err != nil {
			return err
		}
		if _, err = s.records.Put(ctx, kind, id, value, was.Revision); !errors.Is(err, points.ErrConflict) {
			return err
		}
	}
}

// load is the text that is stored under an id, and since when.
func (s *services) load(ctx context.Context, kind, id string) (text string, at time.Time, ok bool, err error) {
	if named(kind, id) != nil {
		return "", time.UnixMilli(0), false, nil
	}
	r, err := s.records.Record(ctx, kind, id)
	switch {
	case err != nil || r.Revision == 0:
		return "", time.UnixMilli(0), false, err
	case len(r.Value) < 8:
		return "", time.UnixMilli(0), false, fmt.Errorf("record %s: %w", id, points.ErrCorrupt)
	}
	return string(r.Value[8:]), time.UnixMilli(int64(binary.BigEndian.Uint64(r.Value))), true, nil
}

// Value is what is stored under the key and when it was.
func (s *services) Value(ctx context.Context, service, serviceKey, key string) (string, time.Time, bool, error) {
	value, at, ok, err := s.load(ctx, serviceValue, path(service, serviceKey, key))
	if err != nil {
		err = fmt.Errorf("read a value of service %s: %w", service, err)
	}
	return value, at, ok, err
}

// Remove takes a key away, if it is there.
func (s *services) Remove(ctx context.Context, service, serviceKey, key string) error {
	was, err := s.records.Record(ctx, serviceValue, path(service, serviceKey, key))
	if err == nil {
		err = s.drop(ctx, serviceValue, was)
	}
	if err != nil {
		return fmt.Errorf("remove a value of service %s: %w", service, err)
	}
	return s.touch(ctx, service, serviceKey)
}

// Keys are the keys with a prefix.
func (s *services) Keys(ctx context.Context, service, serviceKey, prefix string) ([]string, error) {
	var keys []string
	above := path(service, serviceKey, "")
	for r, err := range s.under(ctx, above+url.PathEscape(prefix)) {
		if err != nil {
			return nil, fmt.Errorf("list the keys of service %s: %w", service, err)
		}
		key, err := url.PathUnescape(strings.TrimPrefix(r.ID, above))
		if err != nil {
			return nil, fmt.Errorf("record %s: %w", r.ID, points.ErrCorrupt)
		}
		keys = append(keys, key)
	}
	slices.Sort(keys) // escaped names sort otherwise
	return keys, nil
}

// ServiceKeys are the service keys of a service.
func (s *services) ServiceKeys(ctx context.Context, service string) ([]string, error) {
	var keys []string
	above := path(service, "")
	for r, err := range s.under(ctx, above) {
		if err != nil {
			return nil, fmt.Errorf("list the service keys of service %s: %w", service, err)
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(r.ID, above), "/")
		key, err := url.PathUnescape(name)
		if err != nil {
			return nil, fmt.Errorf("record %s: %w", r.ID, points.ErrCorrupt)
		}
		if len(keys) == 0 || keys[len(keys)-1] != key {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

// under yields the values whose ids begin with prefix.
func (s *services) under(ctx context.Context, prefix string) iter.Seq2[storage.Record, error] {
	return (&Catalog{s.records}).All(ctx, serviceValue, prefix)
}

// Modified is when a key of the service key was last set or removed.
func (s *services) Modified(ctx context.Context, service, serviceKey string) (time.Time, error) {
	_, at, _, err := s.load(ctx, serviceModified, path(service, serviceKey))
	if err != nil {
		err = fmt.Errorf("read when service %s was modified: %w", service, err)
	}
	return at, err
}

// Under are the service keys of the services whose names begin with a prefix.
func (s *services) Under(ctx context.Context, prefix string) ([]storage.ServiceKey, error) {
	seen := map[storage.ServiceKey]bool{}
	for _, kind := range []string{serviceValue, serviceModified} {
		for r, err := range (&Catalog{s.records}).All(ctx, kind, url.PathEscape(prefix)) {
			if err != nil {
				return nil, fmt.Errorf("list the services %s…: %w", prefix, err)
			}
			names := strings.Split(r.ID, "/")
			if len(names) < 2 {
				return nil, fmt.Errorf("record %s: %w", r.ID, points.ErrCorrupt)
			}
			service, wrong := url.PathUnescape(names[0])
			key, alsoWrong := url.PathUnescape(names[1])
			if wrong != nil || alsoWrong != nil {
				return nil, fmt.Errorf("record %s: %w", r.ID, points.ErrCorrupt)
			}
			seen[storage.ServiceKey{Service: service, Key: key}] = true
		}
	}
	return slices.Collect(maps.Keys(seen)), nil
}

// Clear takes a service key away with all of its keys.
func (s *services) Clear(ctx context.Context, service, serviceKey string) error {
	for r, err := range s.under(ctx, path(service, serviceKey, "")) {
		if err == nil {
			err = s.drop(ctx, serviceValue, r)
		}
		if err != nil {
			return fmt.Errorf("clear service %s: %w", service, err)
		}
	}
	id := path(service, serviceKey)
	r, err := s.records.Record(ctx, serviceModified, id)
	if err == nil {
		err = s.drop(ctx, serviceModified, r)
	}
	if err != nil {
		return fmt.Errorf("clear service %s: %w", service, err)
	}
	return nil
}

// drop takes a record away, whatever it has become meanwhile.
func (s *services) drop(ctx context.Context, kind string, r storage.Record) (err error) {
	for r.Revision != 0 {
		if err = s.records.Remove(ctx, kind, r.ID, r.Revision); !errors.Is(err, points.ErrConflict) {
			return err
		}
		if r, err = s.records.Record(ctx, kind, r.ID); err != nil {
			return err
		}
	}
	return nil
}

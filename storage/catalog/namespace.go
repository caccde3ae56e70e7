package catalog

import (
	"context"
	"net/url"
	"strings"
	"time"

	"aion/storage"
)

// Namespace is the key store of one organization within another one: its services
// have names there that begin as none does which a client names.
func Namespace(all storage.Services, organization string) storage.Services {
	return &namespace{all, "_organization/" + url.PathEscape(organization) + "/"}
}

// CountTexts is how many values a key store has.
func CountTexts(ctx context.Context, s storage.Services) (n int, err error) {
	return texts(ctx, s, func(storage.ServiceKey) error { return nil })
}

// ClearTexts takes all services of a key store away, and answers how many values
// they had. What is cut off in between another call takes away.
func ClearTexts(ctx context.Context, s storage.Services) (n int, err error) {
	return texts(ctx, s, func(k storage.ServiceKey) error { return s.Clear(ctx, k.Service, k.Key) })
}

// texts counts the values of a key store, and tells of each service key once its
// values are counted.
func texts(ctx context.Context, s storage.Services, tell func(storage.ServiceKey) error) (n int, err error) {
	all, err := s.Under(ctx, "")
	if err != nil {
		return 0, err
	}
	for _, k := range all {
		keys, err := s.Keys(ctx, k.Service, k.Key, "")
		if err == nil {
			err = tell(k)
		}
		if err != nil {
			return n, err
		}
		n += len(keys)
	}
	return n, nil
}

// namespace is a key store whose services have names with a prefix.
type namespace struct {
	all    storage.Services
	prefix string
}

// Set stores a value.
func (n *namespace) Set(ctx context.Context, service, serviceKey, key, value string) error {
	return n.all.Set(ctx, n.prefix+service, serviceKey, key, value)
}

// Value is what is stored under the key and when it was.
func (n *namespace) Value(ctx context.Context, service, serviceKey, key string) (string, time.Time, bool, error) {
	return n.all.Value(ctx, n.prefix+service, serviceKey, key)
}

// Remove takes a key away, if it is there.
func (n *namespace) Remove(ctx context.Context, service, serviceKey, key string) error {
	return n.all.Remove(ctx, n.prefix+service, serviceKey, key)
}

// Keys are the keys with a prefix.
func (n *namespace) Keys(ctx context.Context, service, serviceKey, prefix string) ([]string, error) {
	return n.all.Keys(ctx, n.prefix+service, serviceKey, prefix)
}

// ServiceKeys are the service keys of a service.
func (n *namespace) ServiceKeys(ctx context.Context, service string) ([]string, error) {
	return n.all.ServiceKeys(ctx, n.prefix+service)
}

// Modified is when a key of the service key was last set or removed.
func (n *namespace) Modified(ctx context.Context, service, serviceKey string) (time.Time, error) {
	return n.all.Modified(ctx, n.prefix+service, serviceKey)
}

// Under are the service keys of the services whose names begin with a prefix.
func (n *namespace) Under(ctx context.Context, prefix string) ([]storage.ServiceKey, error) {
	all, err := n.all.Under(ctx, n.prefix+prefix)
	for i := range all {
		all[i].Service = strings.TrimPrefix(all[i].Service, n.prefix)
	}
	return all, err
}

// Clear takes a service key away with all of its keys.
func (n *namespace) Clear(ctx context.Context, service, serviceKey string) error {
	return n.all.Clear(ctx, n.prefix+service, serviceKey)
}

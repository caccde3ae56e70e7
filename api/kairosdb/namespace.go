package kairosdb

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"aion/api/access"
	"aion/storage"
	"aion/storage/points"
)

// services is the key store as far as somebody may see it. Who sees series
// without any tag, which is everybody where there is one organization and the
// first organization where there are several, shares KairosDB's. Every other
// organization has services of its own, whose names begin as none can that a
// client names. Who works on devices or apps alone has none.
func (p *Protocol) services(who *access.Principal) (storage.Services, error) {
	switch {
	case who.Narrow():
		return nil, &access.DeniedError{Status: http.StatusForbidden, Reason: "metadata are for those who work on a whole organization"}
	case p.Services == nil || home(who):
		return p.Services, nil
	}
	return &namespace{p.Services, "_organization/" + url.PathEscape(who.Organization) + "/"}, nil
}

// home tells whether somebody sees what belongs to no organization by name.
func home(who *access.Principal) bool {
	return !who.Narrow() && who.Constraint.Permits(&points.Key{})
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

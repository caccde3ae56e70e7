package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// reachTime is for how long an answer of Reach is given again, and reachMost how
// many answers are kept.
const (
	reachTime = time.Second
	reachMost = 4096
)

// reachCache is what Reach has answered of late.
type reachCache struct {
	mu    sync.Mutex
	known map[string]reached
}

// reached is an answer of Reach.
type reached struct {
	ids   []string
	until time.Time
}

// Reach is what a context comes to: the values that the device tag may have for
// whoever may work on these things, device or app, of an organization. A device
// is named by its id, an alias or an identifier, an app by its id; what none is
// called by yet stands for itself. What is answered may be a second old; the
// caller does not change it.
func (f *Fleet) Reach(ctx context.Context, organization, kind string, ids []string) ([]string, error) {
	begun := f.c.Now()
	question := fmt.Sprintf("%q", append([]string{organization, kind}, ids...))
	if known, ok := f.reach.find(question, begun); ok {
		return known, nil
	}
	tenant, err := f.tenant(ctx, organization)
	if err != nil {
		return nil, err
	}
	var list []string
	switch kind {
	case "device":
		list, err = f.ids(ctx, tenant, ids)
	case "app":
		list, err = f.reachApps(ctx, tenant, ids)
	default:
		return nil, fmt.Errorf("got a context of type %q, want device or app", kind)
	}
	if err != nil {
		return nil, err
	}
	list = slices.Compact(slices.Sorted(slices.Values(list)))
	f.reach.add(question, reached{list, begun.Add(reachTime)}, f.c.Now())
	return list, nil
}

// find is what has been answered to a question and still counts.
func (c *reachCache) find(question string, now time.Time) ([]string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.known[question]
	return r.ids, ok && now.Before(r.until)
}

// add keeps an answer, and lets go of what does not count any more where there
// are many.
func (c *reachCache) add(question string, r reached, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = map[string]reached{}
	}
	if len(c.known) >= reachMost {
		for q, old := range c.known {
			if !now.Before(old.until) {
				delete(c.known, q)
			}
		}
		if len(c.known) >= reachMost {
			clear(c.known)
		}
	}
	c.known[question] = r
}

// ids are the ids of devices that are named by ids, aliases or identifiers.
func (f *Fleet) ids(ctx context.Context, tenant string, refs []string) ([]string, error) {
	list := make([]string, len(refs))
	for i, ref := range refs {
		d, err := f.resolve(ctx, tenant, ref, Manner{Unnamed: true})
		switch {
		case errors.Is(err, ErrUnknown):
			list[i] = ref
		case err != nil:
			return nil, err
		default:
			list[i] = d.ID
		}
	}
	return list, nil
}

// reachApps are the ids of apps and of the devices in them.
func (f *Fleet) reachApps(ctx context.Context, tenant string, ids []string) ([]string, error) {
	list := slices.Clone(ids)
	for _, id := range ids {
		app, revision, err := f.apps().find(ctx, tenant, id)
		if err != nil {
			return nil, err
		}
		if revision == 0 {
			continue
		}
		devices, err := f.ids(ctx, tenant, app.Devices)
		if err != nil {
			return nil, err
		}
		list = append(list, devices...)
	}
	return list, nil
}

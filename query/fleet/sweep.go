package fleet

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// Rule says how long points of the metrics that begin with Prefix are kept,
// counted from their own times; of several rules for a metric the one with the
// longest prefix counts. A Keep of 0 is for ever.
type Rule struct {
	Prefix string
	Keep   time.Duration
}

// Sweep deletes, once, what rules of properties, devices and prefixes say is not
// kept any longer, and lets properties go that stay closed and have no points any
// more. It is safe beside writes and other sweeps.
func (f *Fleet) Sweep(ctx context.Context) error {
	return f.sweep(ctx, func() error { return nil })
}

// sweep is Sweep, which calls step now and then and ends with its error.
func (f *Fleet) sweep(ctx context.Context, step func() error) error {
	s := &sweeper{f: f, step: step, now: f.now(), overdue: map[overdueKey][]string{}}
	if err := s.prefixes(ctx); err != nil {
		return err
	}
	if err := s.profiles(ctx); err != nil {
		return err
	}
	if err := s.devices(ctx); err != nil {
		return err
	}
	return f.trimAll(ctx, step)
}

// anyRules tells whether there is anything to sweep.
func (f *Fleet) anyRules(ctx context.Context) (bool, error) {
	if len(f.c.Rules) != 0 {
		return true, nil
	}
	for _, kind := range []string{kindProfile, kindRuled, kindDeviceStays, kindProfileStays} {
		some, err := f.c.Catalog.List(ctx, kind, "", "", 1)
		if err != nil || len(some) != 0 {
			return err == nil, err
		}
	}
	return false, nil
}

// unrule takes away that the sweeper has to look at a device, unless the device
// says that it has.
func (f *Fleet) unrule(ctx context.Context, tenant, id string) error {
	err := f.c.Catalog.Update(ctx, kindRuled, key(tenant, id), func(value []byte) ([]byte, error) {
		d, revision, err := f.load(ctx, tenant, id)
		switch {
		case err != nil:
			return nil, err
		case value == nil || revision != 0 && d.ruled():
			return nil, errSame
		}
		return nil, nil
	})
	if errors.Is(err, errSame) {
		return nil
	}
	return err
}

// sweeper is one sweep.
type sweeper struct {
	f       *Fleet
	quiet   bool // it is a write's, which tells of nothing
	step    func() error
	now     time.Time
	overdue map[overdueKey][]string // ids of devices whose points of a policy are looked at together
}

// overdueKey is what the devices of a list have in common.
type overdueKey struct{ tenant, policy string }

// togetherMost is how many devices are looked at together.
const togetherMost = 500

// split is the tenant and the id that a record's id is made of.
func split(record string) (tenant, id string) {
	escaped, id, _ := strings.Cut(record, "/")
	tenant, err := url.PathUnescape(escaped)
	if err != nil {
		return escaped, id
	}
	return tenant, id
}

// prefixes applies the rules for metrics.
func (s *sweeper) prefixes(ctx context.Context) error {
	if len(s.f.c.Rules) == 0 {
		return nil
	}
	rules := slices.Clone(s.f.c.Rules)
	slices.SortStableFunc(rules, func(a, b Rule) int { return len(b.Prefix) - len(a.Prefix) })
	for metric, err := range s.f.c.Store.Metrics(ctx, storage.Selection{}) {
		if err != nil {
			return fmt.Errorf("list metrics to sweep: %w", err)
		}
		at := slices.IndexFunc(rules, func(r Rule) bool { return strings.HasPrefix(metric, r.Prefix) })
		if at < 0 || rules[at].Keep <= 0 {
			continue
		}
		before := s.now.Add(-rules[at].Keep)
		if err := s.expire(ctx, "--retention "+rules[at].Prefix, storage.Selection{Metrics: []string{metric}}, before); err != nil {
			return err
		}
	}
	return nil
}

// profiles applies the rules of properties of profiles: to points that carry the
// profile's tag. Points without it have been written by a protocol that knows no
// profiles, and nobody there has set a rule.
func (s *sweeper) profiles(ctx context.Context) error {
	shelf := s.f.profiles()
	for r, err := range s.f.c.Catalog.All(ctx, kindProfile, "") {
		if err != nil {
			return fmt.Errorf("list profiles to sweep: %w", err)
		}
		p, err := shelf.parse(r)
		if err != nil {
			s.f.c.Log.Warn("a profile cannot be read", "error", err)
			continue
		}
		tenant, _ := split(r.ID)
		tagged := storage.Matcher{Tag: ProfileTag, Values: []string{folded(p.Name)}}
		if err := s.properties(ctx, tenant, "profile "+p.Name, nil, tagged, p.Properties); err != nil {
			return err
		}
	}
	return nil
}

// devices applies the rules of single devices.
func (s *sweeper) devices(ctx context.Context) error {
	for r, err := range s.f.c.Catalog.All(ctx, kindRuled, "") {
		if err != nil {
			return fmt.Errorf("list devices to sweep: %w", err)
		}
		tenant, id := split(r.ID)
		d, revision, err := s.f.load(ctx, tenant, id)
		if err == nil && (revision == 0 || !d.ruled()) {
			err = s.f.unrule(ctx, tenant, id)
			revision = 0
		}
		if err == nil && revision != 0 {
			err = s.device(ctx, tenant, &d)
		}
		if err != nil {
			return fmt.Errorf("sweep device %s: %w", id, err)
		}
	}
	for k := range s.overdue {
		if err := s.policy(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

// device applies the rules of one device: those of its own properties to points
// without a profile's tag, and those of all policies that it has had.
func (s *sweeper) device(ctx context.Context, tenant string, d *Device) error {
	plain := storage.Matcher{Tag: ProfileTag, Absent: true}
	if err := s.properties(ctx, tenant, "device "+d.ID, []string{d.ID}, plain, d.Properties); err != nil {
		return err
	}
	for _, policy := range d.Policies {
		k := overdueKey{tenant, policy}
		s.overdue[k] = append(s.overdue[k], d.ID)
		if len(s.overdue[k]) < togetherMost {
			continue
		}
		if err := s.policy(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

// policy applies a policy to the devices that wait for it.
func (s *sweeper) policy(ctx context.Context, k overdueKey) error {
	ids := s.overdue[k]
	delete(s.overdue, k)
	days, _ := policyDays(k.policy)
	if days == 0 || len(ids) == 0 {
		return nil
	}
	organization, err := s.f.organization(ctx, k.tenant)
	if err != nil {
		return err
	}
	sel, err := s.f.Selection(ctx, organization, ids...)
	if err != nil {
		return err
	}
	sel.Matchers = append(sel.Matchers, storage.Matcher{Tag: PolicyTag, Values: []string{k.policy}})
	return s.expire(ctx, "policy "+k.policy, sel, s.now.Add(-time.Duration(days)*24*time.Hour))
}

// properties applies the rules of properties to points of devices that a matcher
// holds for; no devices are all devices of the tenant.
func (s *sweeper) properties(ctx context.Context, tenant, rule string, ids []string, m storage.Matcher, list []Property) error {
	for i := range list {
		p := &list[i]
		if p.Retention == nil {
			continue
		}
		organization, err := s.f.organization(ctx, tenant)
		if err != nil {
			return err
		}
		sel, err := s.f.Selection(ctx, organization, ids...)
		if err != nil {
			return err
		}
		sel.Metrics, sel.Matchers = []string{Metric(p.Name)}, append(sel.Matchers, m)
		if err := s.retain(ctx, rule+" property "+p.Name, sel, p.Retention); err != nil {
			return err
		}
	}
	return nil
}

// retain applies a property's rule.
func (s *sweeper) retain(ctx context.Context, rule string, sel storage.Selection, r *Retention) error {
	life, err := ParseLife(r.Lifetime)
	if err != nil {
		return nil // stored by a version that knew more: it is not ours to apply
	}
	if before, ok := life.Before(s.now); ok {
		if err := s.expire(ctx, rule, sel, before); err != nil {
			return err
		}
	}
	if capacity := r.most(); capacity != 0 {
		return s.crop(ctx, rule, sel, capacity)
	}
	return nil
}

// expire deletes the points of a selection before a time.
func (s *sweeper) expire(ctx context.Context, rule string, sel storage.Selection, before time.Time) error {
	old := points.Range{From: math.MinInt64, To: before.UnixMilli() - 1}
	sel.Within = &old
	return s.delete(ctx, rule, sel, old)
}

// delete deletes a range of a selection, and tells of it, where there is
// anything.
func (s *sweeper) delete(ctx context.Context, rule string, sel storage.Selection, old points.Range) error {
	if err := s.step(); err != nil {
		return err
	}
	n := 0
	for series, err := range s.f.c.Store.Select(ctx, sel) {
		if err != nil {
			return fmt.Errorf("select what %s does not keep: %w", rule, err)
		}
		some, err := series.Any(ctx, old)
		if err != nil {
			return fmt.Errorf("look for what %s does not keep: %w", rule, err)
		}
		if some {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	if err := s.f.c.Store.Delete(ctx, sel, old); err != nil {
		return fmt.Errorf("delete what %s does not keep: %w", rule, err)
	}
	if s.quiet {
		return nil
	}
	if s.f.c.Swept != nil {
		s.f.c.Swept(n)
	}
	s.f.c.Log.Info("points are deleted that a rule does not keep", "rule", rule, "series", n, "before", time.UnixMilli(old.To+1).UTC())
	return nil
}

package yggio

import (
	"context"
	"net/http"

	"aion/query/encode"
	"aion/query/fleet"
	"aion/storage"
	"aion/storage/points"
)

// fields answers the names of the measurements of an iotnode that have data,
// sorted.
func (c *call) fields() error {
	d, err := c.node(read)
	if err != nil {
		return err
	}
	sel, err := c.fleet().Selection(c.ctx(), d.Organization, d.ID)
	if err != nil {
		return err
	}
	sel.Matchers = append(sel.Matchers, policyMatcher(d.RetentionPolicy))
	sel.Types = valued[:]
	text := []byte{'['}
	store := c.store()
	for name, err := range store.Metrics(c.ctx(), sel) {
		if err != nil {
			return err
		}
		some, err := c.any(c.ctx(), store, d, sel, name)
		switch {
		case err != nil:
			return err
		case !some:
			continue
		case len(text) > 1:
			text = append(text, ',')
		}
		text = encode.AppendString(text, name)
	}
	return c.JSONBlob(http.StatusOK, append(text, ']'))
}

// any tells whether a measurement has a point that the iotnode's policy keeps.
func (c *call) any(ctx context.Context, store storage.Store, d *fleet.Device, sel storage.Selection, name string) (bool, error) {
	sel.Metrics = []string{name}
	within := points.Range{From: kept(d, c.p.Now()), To: farthest}
	for s, err := range store.Select(ctx, sel) {
		if err != nil {
			return false, err
		}
		if some, err := s.Any(ctx, within); some || err != nil {
			return some, err
		}
	}
	return false, nil
}

package storage

import (
	"context"
	"slices"

	"aion/storage/points"
)

// Access is what a caller may do with a series of a metric that a Veil covers.
type Access int8

// The accesses, each with less than the one before.
const (
	Open      Access = iota // read and write
	Protected               // read
	Private                 // nothing: to the caller there is no such series
)

// Veil says of single series what a caller may do with them, where their tags
// alone do not tell: of properties that are not for everybody who may see the
// device. It is safe for concurrent use. What it says may change at any time and
// counts from then on.
type Veil interface {
	// Any tells whether there is any metric that it covers. Without one it hides
	// nothing and costs nothing.
	Any() bool

	// Covers tells whether a metric may have series that are not Open. It reads
	// nothing from the store.
	Covers(metric string) bool

	// Access is what may be done with a series of a metric that it covers.
	Access(ctx context.Context, k *points.Key) (Access, error)

	// Tags are those by whose values series of a metric may differ in their
	// access, the one with the most values first.
	Tags() []string
}

// Free tells whether c permits everything.
func (c Constraint) Free() bool { return len(c.Matchers) == 0 && !c.veiled() }

// Writes tells whether points may be put into a series: it lies within c, and its
// property may be written.
func (c Constraint) Writes(ctx context.Context, k *points.Key) (bool, error) {
	if !c.Permits(k) {
		return false, nil
	}
	access, err := c.access(ctx, k)
	return access == Open, err
}

// veiled tells whether there is a veil that hides something.
func (c *Constraint) veiled() bool { return c.Veil != nil && c.Veil.Any() }

// covers tells whether the veil has to be asked about series of these metrics; none
// are all metrics.
func (c *Constraint) covers(metrics []string) bool {
	return c.veiled() && (len(metrics) == 0 || slices.ContainsFunc(metrics, c.Veil.Covers))
}

// access is what the veil says of a series.
func (c *Constraint) access(ctx context.Context, k *points.Key) (Access, error) {
	if !c.veiled() || !c.Veil.Covers(k.Metric) {
		return Open, nil
	}
	return c.Veil.Access(ctx, k)
}

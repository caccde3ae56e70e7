package access

import (
	"context"
	"fmt"

	"aion/storage/points"
)

// Ingestion is how much each device of an organization may feed, as far as the
// device's own record says nothing else. A member that is zero says nothing, -1 is
// any amount.
type Ingestion struct {
	RateLimit int `json:"rateLimit,omitempty"`        // feeds a minute
	MaxPoints int `json:"maxNrOfDpPerFeed,omitempty"` // data points of one feed
}

// check tells what is wrong with a plan, by the names that records have.
func (i Ingestion) check() error {
	switch {
	case i.RateLimit < -1:
		return points.Invalid("ingestion.rateLimit: got %d, want feeds a minute, or -1 for any number", i.RateLimit)
	case i.MaxPoints < -1:
		return points.Invalid("ingestion.maxNrOfDpPerFeed: got %d, want data points of a feed, or -1 for any number", i.MaxPoints)
	}
	return nil
}

// Plan is how much the devices of an organization may feed, as of the last change;
// the empty name is the home's.
func (g *Guard) Plan(ctx context.Context, organization string) (Ingestion, error) {
	now, err := g.current(ctx)
	if err != nil {
		return Ingestion{}, err
	}
	if organization == "" {
		organization = now.Home
	}
	t, err := g.tenant(ctx, now, organization)
	if err != nil {
		return Ingestion{}, fmt.Errorf("find the plan of an organization: %w", err)
	}
	return t.ingestion, nil
}

// Feed counts a feed of a device of an organization that may send so many a minute,
// as many at once; -1: any number. One too many is a DeniedError. Each server counts
// for itself.
func (g *Guard) Feed(organization, device string, perMinute int) error {
	if perMinute < 0 {
		return nil
	}
	after := g.feeds.take(organization+"\n"+device, perMinute, g.now())
	if after <= 0 {
		return nil
	}
	return g.figures.tooMany(fmt.Sprintf("too many feeds: ingestion.rateLimit of the device is %d a minute", perMinute), after)
}

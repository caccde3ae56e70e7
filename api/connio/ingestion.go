package connio

import "cmp"

// ingestion is how much an object may feed, as the header of its state says it; -1:
// any amount.
type ingestion struct {
	RateLimit        int `json:"rateLimit"`        // feeds a minute
	MaxNrOfDpPerFeed int `json:"maxNrOfDpPerFeed"` // data points of one feed
}

// ingestion is how much an object may feed: what its record says, and else the plan
// of its organization, which is all that counts for apps.
func (c *call) ingestion(o *object) (ingestion, error) {
	plan, err := c.p.Access.Plan(c.ctx(), o.Organization)
	own := o.Device.Ingestion
	return ingestion{cmp.Or(own.RateLimit, plan.RateLimit, -1), cmp.Or(own.MaxPoints, plan.MaxPoints, -1)}, err
}

// room tells, as an error, that a field brings more data points than the object may
// feed at once. It is asked before anything is made of them.
func (s *sheets) room(field string, points span) error {
	most := s.may.MaxNrOfDpPerFeed
	if most < 0 {
		return nil
	}
	if n := points.len(); n > most {
		return bad("%s: got %d data points, and ingestion.maxNrOfDpPerFeed is %d", field, n, most)
	}
	return nil
}

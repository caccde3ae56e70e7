package aggregators

// claim is what one holder has taken of a budget. The zero value has taken
// nothing of a budget without end.
type claim struct {
	budget Budget
	held   int64
}

// hold raises the claim to so many bytes; it never lowers it.
func (c *claim) hold(bytes int) error {
	more := int64(bytes) - c.held
	if c.budget == nil || more <= 0 {
		return nil
	}
	if err := c.budget.Take(more); err != nil {
		return err
	}
	c.held += more
	return nil
}

// lower lowers the claim to so many bytes; it never raises it.
func (c *claim) lower(bytes int) {
	if less := c.held - int64(bytes); less > 0 {
		// Giving back cannot exceed a limit.
		_ = c.budget.Take(-less)
		c.held -= less
	}
}

// release gives everything back.
func (c *claim) release() { c.lower(0) }

// releaser is a Reducer or a change that holds memory of the budget.
type releaser interface{ release() }

// release gives back what x holds, if it holds anything.
func release(x any) {
	if h, ok := x.(releaser); ok {
		h.release()
	}
}

// budget is the run's; nil, which is without end, where there is no run.
func (g *Group) budget() Budget {
	if g.Run == nil {
		return nil
	}
	return g.Run.Budget
}

package query

// Waiting is how many queries wait for their turn now.
func (e *Engine) Waiting() int {
	return max(0, int(e.waiting.Load())-len(e.slots))
}

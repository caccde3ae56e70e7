package pebble

// placing finds out where the times of others come among values.
type placing struct {
	times  []int64
	places []int // of the first of times
	from   int   // how many values there were before
}

// rest places the times that are left behind all values that there are.
func (w *placing) rest(values int) {
	for len(w.places) < len(w.times) {
		w.places = append(w.places, values-w.from)
	}
}

// place places the times that come before the n-th point of the next page, of
// which the first off are not to be given any more. values is how many values
// there are already.
func (p *pages) place(w *placing, n, values int) error {
	_, last, _ := p.c.Page(p.i)
	for len(w.places) < len(w.times) {
		other := w.times[len(w.places)]
		if other > last {
			return nil
		}
		i, at, err := p.below(other)
		if err != nil || i >= n {
			return err
		}
		place := values - w.from + max(i, p.off) - p.off
		if i >= p.off && at == other {
			place = ^place
		}
		w.places = append(w.places, place)
	}
	return nil
}

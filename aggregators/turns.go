package aggregators

// orderly is a Reducer that has less to do with points of several series if they
// come in the order of the merged stream.
type orderly interface {
	Reducer

	// comesInTurn says of the points that come next whether they do. All points
	// that have come in turn precede those that do not.
	comesInTurn(yes bool)

	// count is how many points of the range have come.
	count() int64
}

// longTurn is how many points one series must have in a row, on average, for
// taking turns to cost less than putting points in order, and fewTurns how many
// turns a range may take before it is asked whether they do.
const (
	longTurn = 12
	fewTurns = 32
)

// turns decides whether the series of a group take turns: the one whose point is
// next goes as far as the others let it. That pays where one series has nearly
// all points, as where a client prints a few doubles as integers, so that they
// are longs of another series.
type turns struct {
	reducer orderly // nil: order makes no difference to it
	on      bool    // the series take turns now
	taken   int64   // turns in this range
	n       int64   // points that had come when the last series was left
	most    int64   // points that came of one series without turns

	// Of the ranges so far, the older the less of it:
	points, interrupts int64
}

// newTurns decides for ranges that r folds.
func newTurns(r Reducer) turns {
	o, _ := r.(orderly)
	return turns{reducer: o}
}

// begin begins a range.
func (t *turns) begin() {
	if t.reducer != nil {
		t.on, t.taken, t.n, t.most = t.points >= longTurn*t.interrupts, 0, 0, 0
		t.reducer.comesInTurn(t.on)
	}
}

// took ends a turn, or the visit of a series without turns. Turns end where they
// are too many, and where there are points enough to be added in any order.
func (t *turns) took() {
	if t.reducer == nil {
		return
	}
	n := t.reducer.count()
	if !t.on {
		t.n, t.most = n, max(t.most, n-t.n)
		return
	}
	t.taken++
	if n >= freeFrom || t.taken > fewTurns && n < longTurn*t.taken {
		t.on = false
		t.reducer.comesInTurn(false)
	}
}

// end ends a range. In one without turns, each series but the largest would have
// interrupted that one once for each of its points at most.
func (t *turns) end() {
	if t.reducer == nil {
		return
	}
	n := t.reducer.count()
	if t.taken == 0 {
		t.taken = 2 * (n - t.most)
	}
	if n >= freeFrom {
		t.taken = n // next time, do without
	}
	t.points, t.interrupts = t.points/2+n, t.interrupts/2+t.taken
}

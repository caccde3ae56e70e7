package pebble

import "aion/storage/points"

// tipQuery asks the tip of a series for the newest point of a range.
type tipQuery struct {
	tips   *tips
	number uint64
	stored string       // the type of the series' points
	r      points.Range // that the rules of retention leave, not empty
	now    int64
	seen   uint64 // the last batch that is seen for certain

	what   tipState
	newest newPoint
	page   *tipPage // where what is found can be brought; nil: nowhere
}

// ask asks the tip, for which room is made if need be and possible.
func (q *tipQuery) ask() {
	if tipsOf(q.stored) {
		q.page = q.tips.asked(q.number / tipsAPage)
	}
	q.look()
}

// peek asks the tip, if it is there.
func (q *tipQuery) peek() {
	if tipsOf(q.stored) {
		q.page = q.tips.there(q.number / tipsAPage)
	}
	q.look()
}

// look looks at what the page has. A newest point that has expired tells nothing of
// those before it.
func (q *tipQuery) look() {
	if q.what = tipUnknown; q.page == nil {
		return
	}
	fits := false
	if q.what, q.newest, fits = q.page.look(q.number, q.seen); !fits {
		q.page = nil
	}
	if q.what == tipPoint && q.newest.expires != 0 && q.newest.expires <= q.now {
		q.what = tipUnknown
	}
}

// none tells whether it is known that the range has no points.
func (q *tipQuery) none() bool {
	switch q.what {
	case tipNone:
		return true
	case tipBare, tipPoint:
		return q.r.From > q.newest.at || q.what == tipBare && q.r.From == q.newest.at
	}
	return false
}

// found tells whether newest is known to be the newest point of the range.
func (q *tipQuery) found() bool { return q.what == tipPoint && q.r.Holds(q.newest.at) }

// bears tells whether the tip can be brought.
func (q *tipQuery) bears() bool { return q.page != nil && q.what != tipPoint }

// wanting is the range to be read for the newest point where the tip does not have
// it. It goes on to the end of time if the tip is to be brought: so what is found
// is right for every range. A series that is known to have points behind the range
// is read within it.
func (q *tipQuery) wanting() points.Range {
	if !q.bears() {
		q.page = nil
		return q.r
	}
	return points.Range{From: q.r.From, To: points.Always.To}
}

// bring brings what has been read of the range that was wanting: its newest point,
// which is the first of b, and when that expires, or none.
func (q *tipQuery) bring(b *points.Block, expires []int64) {
	switch {
	case q.page == nil:
		return
	case b.Len() == 0:
		q.what, q.newest = tipBare, newPoint{at: q.r.From}
	default:
		if q.what, q.newest = tipPoint, newPointOf(b, 0); len(expires) != 0 {
			q.newest.expires = expires[0]
		}
	}
	q.page.bring(q.number, q.seen, q.what, &q.newest)
}

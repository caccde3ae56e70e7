package tips

import "aion/storage/points"

// Query asks the tip of a series for the newest point of a range.
type Query struct {
	Tips   *Tips
	Number uint64
	Stored string       // the type of the series' points
	Range  points.Range // that the rules of retention leave, not empty
	Now    int64
	Seen   uint64 // the last batch that is seen for certain

	what   tipState
	Newest Point
	page   *tipPage // where what is found can be brought; nil: nowhere
}

// Ask asks the tip, for which room is made if need be and possible.
func (q *Query) Ask() {
	if tipsOf(q.Stored) {
		q.page = q.Tips.asked(q.Number / PerPage)
	}
	q.look()
}

// Peek asks the tip, if it is there.
func (q *Query) Peek() {
	if tipsOf(q.Stored) {
		q.page = q.Tips.there(q.Number / PerPage)
	}
	q.look()
}

// look looks at what the page has. A newest point that has expired tells nothing of
// those before it.
func (q *Query) look() {
	if q.what = tipUnknown; q.page == nil {
		return
	}
	fits := false
	if q.what, q.Newest, fits = q.page.look(q.Number, q.Seen); !fits {
		q.page = nil
	}
	if q.what == tipPoint && q.Newest.Expires != 0 && q.Newest.Expires <= q.Now {
		q.what = tipUnknown
	}
}

// None tells whether it is known that the range has no points.
func (q *Query) None() bool {
	switch q.what {
	case tipNone:
		return true
	case tipBare, tipPoint:
		return q.Range.From > q.Newest.At || q.what == tipBare && q.Range.From == q.Newest.At
	}
	return false
}

// Found tells whether Newest is known to be the newest point of the range.
func (q *Query) Found() bool { return q.what == tipPoint && q.Range.Holds(q.Newest.At) }

// Bears tells whether the tip can be brought.
func (q *Query) Bears() bool { return q.page != nil && q.what != tipPoint }

// Wanting is the range to be read for the newest point where the tip does not have
// it. It goes on to the end of time if the tip is to be brought: so what is found
// is right for every range. A series that is known to have points behind the range
// is read within it.
func (q *Query) Wanting() points.Range {
	if !q.Bears() {
		q.page = nil
		return q.Range
	}
	return points.Range{From: q.Range.From, To: points.Always.To}
}

// Bring brings what has been read of the range that was wanting: its newest point,
// which is the first of b, and when that expires, or none.
func (q *Query) Bring(b *points.Block, expires []int64) {
	switch {
	case q.page == nil:
		return
	case b.Len() == 0:
		q.what, q.Newest = tipBare, Point{At: q.Range.From}
	default:
		if q.what, q.Newest = tipPoint, PointOf(b, 0); len(expires) != 0 {
			q.Newest.Expires = expires[0]
		}
	}
	q.page.bring(q.Number, q.Seen, q.what, &q.Newest)
}

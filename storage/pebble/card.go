package pebble

// card is what the dictionary has in a word of a series: its number, whether the
// sweeper has it, whether the index on disk may not have it yet, in which epoch it had
// a run last, and how much was put aside for it since. The epoch is kept less multiples
// of 2¹⁶: an epoch that is long gone may be taken for a present one, which does no
// harm.
type card uint64

// Where things stand on a card.
const (
	cardNumber      = 1<<40 - 1 // the number, which is the highest that there can be
	cardAside       = 40        // from this bit on: what was put aside
	cardEpoch       = 46        // from this bit on: the epoch
	cardYoung  card = 1 << 62   // the index on disk may not have the series yet
	cardNotDue card = 1 << 63   // the due time is notDue, which is mostly so
)

// longAgo is how many epochs before the present one a new series had its last run.
const longAgo = 1 << 15

// newCard is the card of a series that had its last run in an epoch, as far as is
// known.
func newCard(number uint64, epoch uint32) card {
	return card(number) | card(uint16(epoch))<<cardEpoch
}

// number is the series'.
func (c card) number() uint64 { return uint64(c & cardNumber) }

// notDue is c with its due time notDue or not.
func (c card) notDue(is bool) card {
	if is {
		return c | cardNotDue
	}
	return c &^ cardNotDue
}

// isYoung tells whether the index on disk may not have the series yet.
func (c card) isYoung() bool { return c&cardYoung != 0 }

// ran is c where the series has a run in an epoch. Then nothing is aside that is not
// settled with it.
func (c card) ran(epoch uint32) card {
	return newCard(c.number(), epoch) | c&(cardNotDue|cardYoung)
}

// hasAside tells whether something was put aside since the last run.
func (c card) hasAside() bool { return c>>cardAside&63 != 0 }

// aside is c where so much more is put aside. Not ok: there is too much, or the
// series may have runs that are not settled or only just have been.
func (c card) aside(weight int, e epochs) (_ card, ok bool) {
	since := uint16(e.newest) - uint16(c>>cardEpoch)
	if since < 2 || e.newest-e.oldest >= uint32(since) || int(c>>cardAside&63)+weight > joinedRuns {
		return c, false
	}
	return c + card(weight)<<cardAside, true
}

// asideWeight is what points weigh that are put aside, by their number: as many as
// joinedRuns together are about carriedPoints or are so many runs.
func asideWeight(n int) int { return 1 + n*joinedRuns/carriedPoints }

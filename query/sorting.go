package query

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"aion/storage"
	"aion/storage/points"
)

// sortSeries sorts by tags, then by stored type. Series come in the order in which
// they began, which may be that already or have nothing to do with it.
func sortSeries(series []storage.Series) {
	if inOrder(series) {
		return
	}
	list := make([]ranked, len(series))
	for i, s := range series {
		list[i].series = s
	}
	sortRanked(list, mostRanked)
	for i := range list {
		series[i] = list[i].series
	}
}

// inOrder tells whether series are sorted.
func inOrder(series []storage.Series) bool {
	var last points.Key
	for i, s := range series {
		k := s.Key()
		if i != 0 && compareKeys(&last, &k) > 0 {
			return false
		}
		last = k
	}
	return true
}

// ranked is a series with a number that ascends with its key among those that it is
// sorted with: to compare keys themselves the processor waits for memory several
// times, and very many series are compared twenty times each. It is 24 bytes that no
// budget is charged with, for as long as series are sorted.
type ranked struct {
	series storage.Series
	rank   uint64
}

// fewRanked is up to how many series are compared by their keys alone. mostRanked is
// how often those that have the same number get another one: of texts each of which
// begins with the one before, that tells only one from the others each time.
const (
	fewRanked  = 16
	mostRanked = 8
)

// sortRanked sorts by the numbers, and those that have the same in the same way
// again, by what their keys have behind it, and so on so many times.
func sortRanked(list []ranked, times int) {
	if len(list) <= fewRanked || times == 0 {
		sortByKeys(list)
		return
	}
	at, n := shared(list)
	for i := range list {
		list[i].rank = rankAt(list[i].series.Key().Tags, at, n)
	}
	slices.SortFunc(list, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	if list[0].rank == list[len(list)-1].rank { // what is left has nothing to do with texts
		sortByKeys(list)
		return
	}
	for from := 0; from < len(list); {
		to := from + 1
		for to < len(list) && list[to].rank == list[from].rank {
			to++
		}
		if to-from > 1 {
			sortRanked(list[from:to], times-1)
		}
		from = to
	}
}

// sortByKeys sorts by the keys themselves.
func sortByKeys(list []ranked) {
	slices.SortFunc(list, func(a, b ranked) int {
		x, y := a.series.Key(), b.series.Key()
		return compareKeys(&x, &y)
	})
}

// shared is how far tags are all the same: up to the text at, of which they have the
// first n bytes in common.
func shared(list []ranked) (at, n int) {
	first := list[0].series.Key().Tags
	at = 2 * len(first)
	for i := range list {
		tags := list[i].series.Key().Tags
		for j := range at {
			if a, b := textAt(first, j), textAt(tags, j); a != b {
				at, n = j, len(a)
				break
			}
		}
		n = common(textAt(first, at)[:n], textAt(tags, at))
	}
	return at, n
}

// textAt is a name or the value behind it, by its place among all of them, and ""
// behind the last.
func textAt(tags points.Tags, i int) string {
	switch {
	case i >= 2*len(tags):
		return ""
	case i%2 == 0:
		return tags[i/2].Name
	}
	return tags[i/2].Value
}

// common is how many bytes two texts have in common at their beginnings.
func common(a, b string) (n int) {
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// rankAt is the bytes of a text from number n on as a number, the first of them the
// highest: of two texts that share what is before, the one that sorts first never has
// the higher number.
func rankAt(tags points.Tags, at, n int) uint64 {
	var first [8]byte
	copy(first[:], textAt(tags, at)[n:])
	return binary.BigEndian.Uint64(first[:])
}

// compareKeys orders keys by tags, then by stored type.
func compareKeys(a, b *points.Key) int {
	if c := slices.CompareFunc(a.Tags, b.Tags, compareTags); c != 0 {
		return c
	}
	return strings.Compare(a.Type, b.Type)
}

// compareTags orders tags by name, then value.
func compareTags(a, b points.Tag) int {
	if c := strings.Compare(a.Name, b.Name); c != 0 {
		return c
	}
	return strings.Compare(a.Value, b.Value)
}

package kairosdb

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// What answers are.
const (
	mediaJSON = "application/json"
	mediaText = "text/plain"
)

// preferred is which of the offered media types the client likes best, the first
// of those that it likes equally; empty: it takes none. Readable tells whether the
// header can be read at all. As with Jersey a weight of 0 takes a type, too, and
// a bare word stands for all of a kind.
func preferred(h http.Header, offered ...string) (chosen string, readable bool) {
	if len(h[echo.HeaderAccept]) == 0 { // which takes anything
		return offered[0], true
	}
	accepted, ok := acceptable(h)
	if !ok {
		return "", false
	}
	slices.SortStableFunc(accepted, (*choice).compare)
	for _, a := range accepted {
		for _, media := range offered {
			if kind, sub, _ := strings.Cut(media, "/"); a.takes(kind, sub) {
				return media, true
			}
		}
	}
	return "", true
}

// choice is a media type of Accept with its weight.
type choice struct {
	mediaType
	weight float64
}

// compare orders choices as Jersey does: by weight, then what is said exactly
// before what leaves something open.
func (a *choice) compare(b *choice) int {
	open := func(c *choice) int {
		switch {
		case c.kind == "*":
			return 2
		case c.sub == "*":
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(open(a), open(b)))
}

// acceptable is what Accept lists. Not ok: a weight or a type is none.
func acceptable(h http.Header) (list []*choice, ok bool) {
	any := []*choice{{mediaType: mediaType{kind: "*", sub: "*"}, weight: 1}}
	lines := h[echo.HeaderAccept]
	if len(lines) == 0 {
		return any, true
	}
	rest := headerText(strings.Join(lines, ","))
	if rest.skip(); rest == "" {
		return any, true
	}
	for rest != "" {
		m, ok := rest.mediaType(true)
		q, weighed := m.parameters["q"]
		if !ok || weighed && !weight(q) {
			return nil, false
		}
		list = append(list, &choice{mediaType: m, weight: quality(q)})
		rest.take(',')
		rest.skip()
	}
	return list, true
}

package kairosdb

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"aion/storage"
	"aion/storage/points"
)

// index enters the series of a metric into the tag index of a store that has one
// which may lack them. Where the index is never behind, nothing is left to do. A
// parameter that is empty is none.
func (p *Protocol) index(c echo.Context) error {
	metric, whole := parameter(c, "metric")
	var times [2]int64
	for i, name := range []string{"start_absolute", "end_absolute"} {
		text, _ := parameter(c, name)
		at, err := strconv.ParseInt(text, 10, 64)
		if text != "" && err != nil {
			return echo.ErrNotFound
		}
		times[i], whole = at, whole && text != ""
	}
	if !whole || metric == "" {
		return broken("")
	}
	r := points.Range{From: times[0], To: times[1]}
	if indexer, ok := storage.As[storage.TagIndexer](p.store(c)); ok {
		if err := indexer.Index(c.Request().Context(), metric, r); err != nil {
			return err
		}
	}
	return p.done(c)
}

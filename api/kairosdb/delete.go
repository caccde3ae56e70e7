package kairosdb

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"aion/storage"
	"aion/storage/points"
)

// deletePoints deletes what a query selects: all points in its time range of
// the series that match.
func (p *Protocol) deletePoints(c echo.Context) error {
	q, err := p.parse(p.input(c))
	if err != nil {
		return err
	}
	r := q.Range(q.now.UnixMilli())
	for i := range q.Metrics {
		m := &q.Metrics[i]
		s := storage.Selection{Metrics: []string{m.Name}, Matchers: m.Matchers}
		if err := p.store(c).Delete(c.Request().Context(), s, r); err != nil {
			return err
		}
	}
	return p.done(c)
}

// deleteMetric deletes a metric with all its series.
func (p *Protocol) deleteMetric(c echo.Context) error {
	s := storage.Selection{Metrics: []string{c.Param("metricName")}}
	if err := p.store(c).Delete(c.Request().Context(), s, points.Always); err != nil {
		return err
	}
	return p.done(c)
}

// index would write the index of a metric's tags anew. Ours is never behind its
// points, so that nothing is left to do.
func (p *Protocol) index(c echo.Context) error {
	if _, ok := parameter(c, "metric"); !ok {
		return broken("")
	}
	for _, name := range []string{"start_absolute", "end_absolute"} {
		text, ok := parameter(c, name)
		if !ok {
			return broken("")
		}
		if _, err := strconv.ParseInt(text, 10, 64); err != nil {
			return echo.ErrNotFound
		}
	}
	return p.done(c)
}

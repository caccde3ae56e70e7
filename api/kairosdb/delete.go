package kairosdb

import (
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
	defer p.over(q)
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

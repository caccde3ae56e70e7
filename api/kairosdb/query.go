package kairosdb

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"

	"github.com/labstack/echo/v4"

	"aion/aggregators"
	"aion/api/access"
	"aion/api/wire"
	"aion/query"
)

// queryBody answers a query that is the body of a POST.
func (p *Protocol) queryBody(c echo.Context) error { return p.query(c, p.input(c)) }

// queryText answers a query that is a parameter of a GET.
func (p *Protocol) queryText(c echo.Context) error {
	text, ok := parameter(c, "query")
	if !ok {
		return bad("query json must not be null or empty")
	}
	return p.query(c, strings.NewReader(text))
}

// query answers with points.
func (p *Protocol) query(c echo.Context, text io.Reader) error {
	begun := p.Now()
	q, err := p.asked(c, text)
	if err != nil {
		return err
	}
	defer p.over(q.request)
	f, err := p.format(c.Request())
	if err != nil {
		return err
	}
	done, err := access.Turn(c.Request().Context())
	if err != nil {
		return err
	}
	defer done()
	ctx, kill := context.WithCancelCause(c.Request().Context())
	defer kill(nil)
	ctx, stop := p.Engine.Clocked(ctx)
	defer stop()
	defer wire.Until(ctx, c.Response())() // also where the client does not read
	q.kill = kill
	err = p.results(ctx, c, q, f)
	p.tellSlow(ctx, q.request, begun, q.stats, err)
	wire.Note(c.Response(), slog.Int64("series", q.stats.Series), slog.Int64("points", q.stats.Points),
		slog.Int64("groups", q.stats.Groups), slog.Int64("held_bytes", q.stats.Bytes))
	return computed(killed(ctx, err))
}

// asked reads and plans a query, as far as whoever sends it may ask that.
func (p *Protocol) asked(c echo.Context, text io.Reader) (*asked, error) {
	if p.ReturnQuery {
		var err error
		if text, err = original(text); err != nil {
			return nil, err
		}
	}
	q, err := p.parse(text)
	if err != nil {
		return nil, err
	}
	plan, err := p.planned(c.Request().Context(), q)
	if err != nil {
		p.over(q)
		return nil, err
	}
	return &asked{request: q, plan: plan}, nil
}

// planned plans a parsed query, as far as whoever sends it may ask that.
func (p *Protocol) planned(ctx context.Context, q *request) (*query.Plan, error) {
	for i := range q.Metrics {
		if q.Metrics[i].Limit < 0 && p.is().refusesLimit {
			return nil, broken("org.kairosdb.core.exception.DatastoreException: " +
				"com.datastax.driver.core.exceptions.InvalidQueryException: LIMIT must be strictly positive")
		}
	}
	if err := q.permitted(ctx); err != nil {
		return nil, err
	}
	return p.plan(q)
}

// queryTags answers with the tags of the metrics of a query.
func (p *Protocol) queryTags(c echo.Context) error {
	q, err := p.parse(p.input(c))
	if err != nil {
		return err
	}
	defer p.over(q)
	for i := range q.Metrics {
		q.Metrics[i].Alias = nil
	}
	plan, err := p.plan(q)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	done, err := access.Turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	return p.answer(c, func(b *body) error {
		e := p.encoders.take(b)
		defer p.encoders.rest(e)
		return e.encode(ctx, p.Engine.Tags(ctx, p.store(c), plan))
	})
}

// plan plans a parsed query.
func (p *Protocol) plan(q *request) (*query.Plan, error) {
	plan, err := query.Build(q.Query, q.now, query.Options{
		Specs: p.Specs, Zone: p.Zone, Release: p.Release, FreeOrder: p.FreeOrder,
	})
	if x, ok := errors.AsType[*aggregators.PropertyError](err); ok {
		return nil, bad(x.Error())
	}
	return plan, err
}

// parameter is the first value of a parameter of the URL.
func parameter(c echo.Context, name string) (string, bool) {
	for key, value := range pairs(c.Request().URL.RawQuery) {
		if key == name {
			return value, true
		}
	}
	return "", false
}

// Query reads the text of a query as the REST API does, without planning it. What
// is wrong with it is an error with the status of the answer.
func (p *Protocol) Query(text []byte) (query.Query, error) {
	q, err := p.parse(bytes.NewReader(text))
	if err != nil {
		return query.Query{}, err
	}
	p.over(q)
	return q.Query, nil
}

package kairosdb

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/url"
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
	if p.ReturnQuery {
		var err error
		if text, err = original(text); err != nil {
			return err
		}
	}
	q, err := p.parse(text)
	if err != nil {
		return err
	}
	for i := range q.Metrics {
		if q.Metrics[i].Limit < 0 && p.is().refusesLimit {
			return broken("org.kairosdb.core.exception.DatastoreException: " +
				"com.datastax.driver.core.exceptions.InvalidQueryException: LIMIT must be strictly positive")
		}
	}
	if err := q.permitted(c.Request().Context()); err != nil {
		return err
	}
	plan, err := p.plan(q)
	if err != nil {
		return err
	}
	ctx, kill := context.WithCancelCause(c.Request().Context())
	defer kill(nil)
	var stats query.Stats
	err = p.answer(c, func(b *body) error {
		e := encoder{b: b, sizes: true, faults: q.faults}
		if p.ReturnQuery {
			e.original = q.tree
		}
		return e.encode(ctx, p.watched(access.From(ctx), q, p.Engine.Run(ctx, p.store(c), plan, &stats), kill))
	})
	p.tellSlow(ctx, q, begun, stats, err)
	wire.Note(c.Response(), slog.Int64("series", stats.Series), slog.Int64("points", stats.Points),
		slog.Int64("groups", stats.Groups), slog.Int64("held_bytes", stats.Bytes))
	return computed(killed(ctx, err))
}

// queryTags answers with the tags of the metrics of a query.
func (p *Protocol) queryTags(c echo.Context) error {
	q, err := p.parse(p.input(c))
	if err != nil {
		return err
	}
	for i := range q.Metrics {
		q.Metrics[i].Alias = nil
	}
	plan, err := p.plan(q)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	return p.answer(c, func(b *body) error {
		e := encoder{b: b}
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

// parameter is the first value of a parameter of the URL. Unlike package url's
// parser it takes semicolons and broken escapes as they are, as Jetty does.
func parameter(c echo.Context, name string) (string, bool) {
	for _, pair := range strings.Split(c.Request().URL.RawQuery, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if k, err := url.QueryUnescape(key); err != nil || k != name {
			continue
		}
		if v, err := url.QueryUnescape(value); err == nil {
			value = v
		}
		return value, true
	}
	return "", false
}

package connio

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"

	"aion/api/access"
	"aion/api/wire"
	"aion/query"
)

// reading are the calls that read data, and those of methods, which nobody runs
// here.
func (p *Protocol) reading() []route {
	methods := func(*call, *object) error { return unserved{} }
	const execute access.Scope = "device:execute"
	return slices.Concat(
		p.posting(),
		onData(http.MethodPost, "properties/{property}/query", access.ReadData, p.query),
		onData(http.MethodGet, "properties/{property}", access.ReadData, p.short),
		onData(http.MethodGet, "", access.ReadData, p.latest),
		onData(http.MethodGet, "state", access.ReadData, p.state),
		onData(http.MethodGet, "methods/{method}", execute, methods),
		onData(http.MethodPost, "methods/{method}", execute, methods),
		onData(http.MethodPut, "methods/{method}", execute, methods),
	)
}

// maxShort is how many points the short form of a query answers at most, and how
// many it does where nothing else is said.
const maxShort = 1000

// query answers the query object that is sent.
func (p *Protocol) query(c *call, o *object) error {
	property, err := c.property(o)
	if err != nil {
		return err
	}
	text, err := c.incoming()
	if err != nil {
		return err
	}
	defer p.buffers.rest(text)
	return p.asked(c, property, text.Bytes())
}

// body is the whole body of the request.
func (c *call) body() (json.RawMessage, error) {
	in := wire.Body(c.Response(), c.Request(), "http.max-body", c.p.MaxBody)
	defer in.Close()
	return io.ReadAll(in)
}

// asked answers a query object, of whose text nothing is kept.
func (p *Protocol) asked(c *call, property *property, text json.RawMessage) error {
	now := p.present()
	q, err := p.question(text, now)
	if err != nil {
		return err
	}
	return p.reply(c, property, q, now)
}

// short answers the short form of a query, whose members are parameters.
func (p *Protocol) short(c *call, o *object) error {
	property, err := c.property(o)
	if err != nil {
		return err
	}
	parameters := c.QueryParams()
	m := map[string]string{"limit": strconv.Itoa(maxShort)}
	for _, name := range []string{"limit", "order"} {
		if text := parameters.Get(name); text != "" {
			m[name] = text
		}
	}
	now := p.present()
	object, _ := json.Marshal(m) // of texts
	q, err := p.question(object, now)
	if err != nil {
		return err
	}
	if q.limit < 1 || q.limit > maxShort {
		return bad("limit: got %d, want 1 to %d", q.limit, maxShort)
	}
	if sources := parameters["source"]; len(sources) > 0 && sources[0] != "" {
		q.filter = append(q.filter, filterOf(tagSource, sources))
	}
	return p.reply(c, property, q, now)
}

// reply answers a question.
func (p *Protocol) reply(c *call, property *property, q *question, now int64) error {
	ctx, release := c.clocked()
	defer release()
	var stats query.Stats
	defer func() {
		wire.Note(c.Response(), slog.Int64("series", stats.Series), slog.Int64("points", stats.Points),
			slog.Int64("groups", stats.Groups), slog.Int64("held_bytes", stats.Bytes))
	}()
	done, err := access.Turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	a, err := p.ask(ctx, c.store(), property, q, now)
	if err != nil {
		return refused(err)
	}
	defer a.rest()
	err = p.answer(c, func(b *body) error {
		plan := &query.Plan{Metrics: []query.MetricPlan{a.plan}}
		return a.answer(ctx, b, p.Engine.Run(ctx, &view{c.store(), a}, plan, &stats))
	})
	return refused(err)
}

// clocked is the request's context with the deadline of a query, at whose end what
// is written fails, also where the client does not read.
func (c *call) clocked() (ctx context.Context, release func()) {
	ctx, stop := c.p.Engine.Clocked(c.ctx())
	done := wire.Until(ctx, c.Response())
	return ctx, func() {
		done()
		stop()
	}
}

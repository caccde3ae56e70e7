package kairosdb

import (
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/query/encode"
)

// adminRoutes are the resources that show and end what is under way.
func (p *Protocol) adminRoutes() []route {
	if !p.is().admin {
		return nil
	}
	list := []route{
		{path: "/admin"},
		{path: "/admin/runningqueries", read: access.ReadData, get: p.runningQueries},
		{path: "/admin/killquery/{queryHash}", read: access.ReadData, get: p.killQuery},
	}
	if p.is().jobs {
		list = append(list, route{path: "/admin/scheduledjobs", read: access.ReadData, get: p.scheduledJobs})
	}
	return list
}

// runningQueries lists each metric that is being answered with its request, as
// far as the client may see it, and counts the queries that wait for their turn,
// of which those who do not see all data are told nothing.
func (p *Protocol) runningQueries(c echo.Context) error {
	who, waiting := access.From(c.Request().Context()), int64(0)
	if sees(who) {
		waiting = int64(p.Engine.Waiting())
	}
	return p.answer(c, func(b *body) error {
		b.text = append(b.text, `{"queries":[`...)
		first := true
		p.running.each(who, func(e *executing) {
			if !first {
				b.text = append(b.text, ',')
			}
			first = false
			b.text = append(b.text, `{"query hash":"`+e.hash()+`","metric name":`...)
			b.text = encode.AppendString(b.text, e.of.Metrics[e.at].Name)
			b.text = append(b.text, `,"query JSON":`+e.of.tree.String()+"}"...)
		})
		b.text = append(b.text, `],"queries waiting":`...)
		b.text = append(strconv.AppendInt(b.text, waiting, 10), '}')
		return nil
	})
}

// killQuery ends the queries that have the hash, as far as the client may. There
// need be none.
func (p *Protocol) killQuery(c echo.Context) error {
	p.running.kill(access.From(c.Request().Context()), c.Param("queryHash"))
	return p.done(c)
}

// cleaner is the job that every KairosDB has: it clears its folder of cached
// answers, which this server has not. Clients that look for it find it.
const cleaner = "org.kairosdb.core.jobs.CacheFileCleaner"

// scheduledJobs lists the jobs that run at their times: roll-ups by their ids, as
// far as the client may see them.
func (p *Protocol) scheduledJobs(c echo.Context) error {
	ids := []string{cleaner}
	if p.Rollups != nil {
		tasks, err := p.tasks(c.Request().Context())
		if err != nil {
			return err
		}
		for _, t := range tasks {
			ids = append(ids, t.ID)
		}
	}
	slices.Sort(ids)
	return p.answer(c, func(b *body) error {
		b.text = append(b.text, '[')
		for i, id := range ids {
			if i > 0 {
				b.text = append(b.text, ',')
			}
			b.text = encode.AppendString(b.text, id)
		}
		b.text = append(b.text, ']')
		return nil
	})
}

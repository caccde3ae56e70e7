package kairosdb

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/api/kairosdb/gson"
	"aion/query/encode"
	"aion/query/rollup"
)

// rollupRoutes are the resources of roll-ups. What KairosDB does not have, orders
// to back-fill and the history of a task, is there with extensions alone.
func (p *Protocol) rollupRoutes() []route {
	list := []route{
		{path: "/rollups", read: access.ReadData, change: access.WriteData, get: p.listRollups, post: p.addRollup},
		{path: "/rollups/{id}", read: access.ReadData, change: access.WriteData, get: p.readRollup, put: p.changeRollup, delete: p.removeRollup},
		{path: "/rollups/status/{id}", read: access.ReadData, get: p.rollupStatus},
	}
	if !p.is().index {
		return list
	}
	fill := route{path: "/rollups/backfill/{id}", read: access.WriteData, change: access.WriteData, get: p.fillRollup}
	if p.Extensions {
		fill.post = p.orderFill
		list = append(list, route{path: "/rollups/history/{id}", read: access.ReadData, get: p.rollupHistory})
	}
	return append(list, fill)
}

// RollupParser reads the texts of roll-up tasks as a protocol of that
// configuration takes them.
func RollupParser(c Config) rollup.Parser {
	p := &Protocol{Config: c}
	if p.Now == nil {
		p.Now = time.Now
	}
	return func(id, text string) (*rollup.Task, error) {
		tree, err := p.parseRollup(text)
		if err != nil {
			return nil, err
		}
		t, err := p.rollupTask(tree)
		if err != nil {
			return nil, err
		}
		t.ID, t.Text = id, text
		return t, nil
	}
}

// listRollups lists all tasks as they are stored.
func (p *Protocol) listRollups(c echo.Context) error {
	tasks, err := p.tasks(c.Request().Context())
	if err != nil {
		return err
	}
	return p.answer(c, func(b *body) error {
		b.text = append(b.text, '[')
		for i, t := range tasks {
			if i > 0 {
				b.text = append(b.text, ',')
			}
			b.text = append(b.text, t.Text...)
			if err := b.pass(); err != nil {
				return err
			}
		}
		b.text = append(b.text, ']')
		return nil
	})
}

// readRollup answers with a task as it is stored.
func (p *Protocol) readRollup(c echo.Context) error {
	text, ok, err := p.task(c.Request().Context(), c.Param("id"))
	if err != nil || !ok {
		return p.noRollup(c, err)
	}
	return p.answerBytes(c, []byte(text))
}

// noRollup answers that there is no task of that id, unless err says that nobody
// knows.
func (p *Protocol) noRollup(c echo.Context, err error) error {
	return p.absent(c, err, "Resource not found for id "+c.Param("id"))
}

// absent answers that something is not there, with the headers of a success,
// unless err says that nobody knows.
func (p *Protocol) absent(c echo.Context, err error, message string) error {
	if err != nil {
		return err
	}
	p.setA(c)
	return send(c, http.StatusNotFound, append(encode.AppendString([]byte(`{"errors":[`), message), "]}"...))
}

// answerBytes answers with a whole body.
func (p *Protocol) answerBytes(c echo.Context, text []byte) error {
	return p.answer(c, func(b *body) error {
		b.text = append(b.text, text...)
		return nil
	})
}

// addRollup stores a task: under the id that it names, or a new one.
func (p *Protocol) addRollup(c echo.Context) error {
	text, err := p.rollupBody(c)
	if err != nil {
		return err
	}
	return p.storeRollup(c, "", text)
}

// changeRollup stores a task in place of one that is there. What KairosDB stores
// names another id than the one that it is stored under.
func (p *Protocol) changeRollup(c echo.Context) error {
	text, err := p.rollupBody(c)
	if err != nil {
		return err
	}
	id := c.Param("id")
	if _, ok, err := p.task(c.Request().Context(), id); err != nil || !ok {
		return p.noRollup(c, err)
	}
	return p.storeRollup(c, id, text)
}

// rollupBody is the body, which is not empty, of somebody who may read what a task
// reads.
func (p *Protocol) rollupBody(c echo.Context) (string, error) {
	if err := reads(c.Request().Context()); err != nil {
		return "", err
	}
	text, err := io.ReadAll(p.input(c))
	if err == nil && len(text) == 0 {
		err = broken("java.lang.IllegalArgumentException")
	}
	return string(text), err
}

// storeRollup checks and stores a task and answers with its id, which is the
// text's own or a new one unless it is given.
func (p *Protocol) storeRollup(c echo.Context, id, text string) error {
	tree, err := p.parseRollup(text)
	if err != nil {
		return err
	}
	t, err := p.rollupTask(tree)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if id == "" {
		if err := p.place(ctx, t); err != nil {
			return err
		}
		id = t.ID
	} else if err := p.reown(ctx, id); err != nil {
		return err
	}
	t.ID = id
	identify(tree, id)
	if err := p.Rollups.Book().Put(ctx, id, tree.String()); err != nil {
		return err
	}
	return p.answer(c, func(b *body) error {
		b.text = append(b.text, `{"id":`...)
		b.text = append(encode.AppendString(b.text, t.ID), `,"name":`...)
		b.text = append(encode.AppendString(b.text, t.Name), `,"attributes":{"url":`...)
		b.text = append(encode.AppendString(b.text, root+"/rollups/"+t.ID), "}}"...)
		return nil
	})
}

// place gives a new task its id and its owner.
func (p *Protocol) place(ctx context.Context, t *rollup.Task) error {
	if who := access.From(ctx); who.Narrow() && who.Kind != access.Key {
		return &access.DeniedError{Status: http.StatusForbidden, Reason: "roll-ups of a part of an organization are for keys"}
	}
	free := false
	if t.ID != "" {
		var err error
		if free, err = p.free(ctx, t.ID); err != nil {
			return err
		}
	}
	if !free {
		t.ID = newID()
	}
	return p.Rollups.Own(ctx, t.ID, ownerOf(access.From(ctx)))
}

// identify gives a task its id: where it has one, else as the first member.
func identify(tree *gson.Element, id string) {
	text := &gson.Element{Kind: gson.StringKind, Text: id}
	for i := range tree.Members {
		if tree.Members[i].Name == "id" {
			tree.Members[i].Value = text
			return
		}
	}
	tree.Members = append([]gson.Member{{Name: "id", Value: text}}, tree.Members...)
}

// newID is a random UUID.
func newID() string {
	var b [16]byte
	// The system's random numbers do not fail.
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// removeRollup takes a task away.
func (p *Protocol) removeRollup(c echo.Context) error {
	ctx, id := c.Request().Context(), c.Param("id")
	if _, ok, err := p.task(ctx, id); err != nil || !ok {
		return p.noRollup(c, err)
	}
	if err := p.Rollups.Book().Remove(ctx, id); err != nil {
		return err
	}
	return p.done(c)
}

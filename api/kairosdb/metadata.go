package kairosdb

import (
	"errors"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"aion/query/encode"
	"aion/storage"
)

// metricNames lists the names of metrics, those with a prefix if one is given.
func (p *Protocol) metricNames(c echo.Context) error {
	prefix, _ := parameter(c, "prefix")
	return p.list(c, p.store(c).Metrics(c.Request().Context(), storage.Selection{Prefix: prefix}), p.HiddenPrefixes)
}

// tagNames lists the names of the tags of all series.
func (p *Protocol) tagNames(c echo.Context) error {
	return p.list(c, p.store(c).TagNames(c.Request().Context(), storage.Selection{}), nil)
}

// tagValues lists the values of all tags, or of one where a name is given.
func (p *Protocol) tagValues(c echo.Context) error {
	ctx, store := c.Request().Context(), p.store(c)
	if name, ok := parameter(c, "name"); ok {
		return p.list(c, store.TagValues(ctx, name, storage.Selection{}), nil)
	}
	values := map[string]bool{}
	for name, err := range store.TagNames(ctx, storage.Selection{}) {
		if err != nil {
			return err
		}
		for value, err := range store.TagValues(ctx, name, storage.Selection{}) {
			if err != nil {
				return err
			}
			values[value] = true
		}
	}
	return p.list(c, func(yield func(string, error) bool) {
		for _, value := range slices.Sorted(maps.Keys(values)) {
			if !yield(value, nil) {
				return
			}
		}
	}, nil)
}

// list prints texts but for those that begin with a hidden prefix.
func (p *Protocol) list(c echo.Context, texts iter.Seq2[string, error], hidden []string) error {
	return p.answer(c, func(b *body) error {
		e := encoder{b: b}
		e.put(`{"results":[`)
		first := true
		for text, err := range texts {
			if err != nil {
				return err
			}
			if slices.ContainsFunc(hidden, func(prefix string) bool { return strings.HasPrefix(text, prefix) }) {
				continue
			}
			e.comma(first)
			e.name(text)
			first = false
			if err := b.pass(); err != nil {
				return err
			}
		}
		e.put("]}")
		return nil
	})
}

// version names the server.
func (p *Protocol) version(c echo.Context) error {
	return p.answer(c, func(b *body) error {
		b.text = append(b.text, `{"version": `...)
		b.text = append(encode.AppendString(b.text, p.VersionText), "}\n"...)
		return nil
	})
}

// health tells whether the store answers, and what is wrong with it, or nil. Damage fails
// the queries that need what is damaged, and a full disk no query at all: whoever sends
// requests elsewhere when the check fails, or starts the server again, would fail them
// all.
func (p *Protocol) health(c echo.Context) (answers bool, wrong error) {
	wrong = p.store(c).Health(c.Request().Context())
	if answers = wrong == nil || errors.Is(wrong, storage.ErrDamaged) || errors.Is(wrong, storage.ErrFull); !answers {
		p.Log.Warn("not healthy", "error", wrong)
	}
	return answers, wrong
}

// healthCheck says by its status whether the store answers.
func (p *Protocol) healthCheck(c echo.Context) error {
	if answers, _ := p.health(c); !answers {
		p.setA(c)
		return empty(c, http.StatusInternalServerError)
	}
	p.setA(c)
	return empty(c, p.HealthCode)
}

// healthStatus lists KairosDB's checks with their outcome. With extensions, what
// is wrong with the store follows in a sentence of its own.
func (p *Protocol) healthStatus(c echo.Context) error {
	list := []string{"JVM-Thread-Deadlock: OK", "Datastore-Query: OK"}
	answers, wrong := p.health(c)
	if !answers {
		list[1] = "Datastore-Query: FAIL"
	}
	if wrong != nil && p.Extensions {
		list = append(list, "Datastore: "+wrong.Error())
	}
	return p.answer(c, func(b *body) error {
		b.text = append(b.text, '[')
		for i, line := range list {
			if i > 0 {
				b.text = append(b.text, ',')
			}
			b.text = encode.AppendString(b.text, line)
		}
		b.text = append(b.text, ']')
		return nil
	})
}

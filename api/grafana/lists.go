package grafana

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"aion/storage"
	"aion/storage/points"
)

// mostNames is how many entries a list has at most.
const mostNames = 10_000

// inside is what KairosDB calls the metrics about itself, which lists have last.
const inside = "kairosdb."

// search lists metrics whose names have a text in them, or what a function of a
// variable answers.
func (p *Protocol) search(c echo.Context) error {
	var q struct{ Target json.RawMessage }
	if err := p.read(c, &q); err != nil {
		return err
	}
	text, ok := textOf(q.Target)
	if !ok {
		return bad("target: got %s, want a text", shown(q.Target))
	}
	list, err := p.found(c.Request().Context(), p.store(c), text, nil, true)
	if err != nil {
		return err
	}
	return p.answerTexts(c, list, func(b *body, text string) { b.string(text) })
}

// answerTexts answers an array with an element for each text.
func (p *Protocol) answerTexts(c echo.Context, list []string, write func(*body, string)) error {
	return p.answer(c, func(b *body) error {
		b.put("[")
		for i, text := range list {
			write(b.comma(i), text)
			if err := b.Pass(); err != nil {
				return err
			}
		}
		b.put("]")
		return nil
	})
}

// names lists metrics, those about the server itself last, without those that the
// settings hide.
func (p *Protocol) names(ctx context.Context, store storage.Reader, s storage.Selection, wanted func(string) bool) ([]string, error) {
	var last []string
	list, err := gather(store.Metrics(ctx, s), mostNames, func(name string) bool {
		hidden := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
		if slices.ContainsFunc(p.HiddenPrefixes, hidden) || wanted != nil && !wanted(name) {
			return false
		}
		if strings.HasPrefix(name, inside) {
			last = append(last, name)
			return false
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return append(list, last[:min(len(last), mostNames-len(list))]...), nil
}

// narrowing is the body of a request for the tags of ad hoc filters.
type narrowing struct {
	Key       json.RawMessage `json:"key"`
	Filters   []filter        `json:"filters"`
	TimeRange *span           `json:"timeRange"`
	Queries   []target        `json:"queries"`
}

// selection is what a request narrows lists to: the metrics of its queries, its
// filters but those on one tag. It is not ok where its queries name nothing that
// is there.
func (p *Protocol) selection(c echo.Context, n *narrowing, but string) (s storage.Selection, ok bool, err error) {
	ctx, store := c.Request().Context(), p.store(c)
	asked := 0
	for i := range n.Queries {
		text := n.Queries[i].text()
		if text == "" {
			continue
		}
		asked++
		names, err := p.targeted(ctx, store, text)
		if err != nil {
			return s, false, of(n.Queries[i].ref(i), err)
		}
		s.Metrics = append(s.Metrics, names...)
	}
	slices.Sort(s.Metrics)
	s.Metrics = slices.Compact(s.Metrics)
	if s.Matchers, err = matchers(ctx, store, s.Metrics, n.Filters, but); err != nil {
		return s, false, err
	}
	if n.TimeRange != nil {
		var r points.Range
		if r, err = p.within(n.TimeRange); err != nil {
			return s, false, err
		}
		s.Within = &r
	}
	return s, asked == 0 || len(s.Metrics) > 0, nil
}

// targeted are the metrics of a target, also of one in KairosDB's JSON.
func (p *Protocol) targeted(ctx context.Context, store storage.Reader, text string) ([]string, error) {
	if text[0] != '{' {
		return metricsOf(ctx, store, text)
	}
	objects, _, err := pasted(text)
	if err == nil {
		objects, err = filledIn(ctx, store, objects)
	}
	var names []string
	for _, o := range objects {
		if name, ok := textOf(o["name"]); ok && name != "" {
			names = append(names, name)
		}
	}
	return names, err
}

// tagKeys lists the names of tags.
func (p *Protocol) tagKeys(c echo.Context) error {
	var n narrowing
	if err := p.read(c, &n); err != nil {
		return err
	}
	var list []string
	s, ok, err := p.selection(c, &n, "")
	if err == nil && ok {
		list, err = gather(p.store(c).TagNames(c.Request().Context(), s), mostNames, nil)
	}
	if err != nil {
		return err
	}
	return p.answerTexts(c, list, func(b *body, text string) { b.put(`{"type":"string","text":`).string(text).put("}") })
}

// tagValues lists the values of a tag.
func (p *Protocol) tagValues(c echo.Context) error {
	var n narrowing
	if err := p.read(c, &n); err != nil {
		return err
	}
	key, ok := textOf(n.Key)
	if !ok {
		return bad("key: got %s, want the name of a tag", shown(n.Key))
	}
	var list []string
	s, ok, err := p.selection(c, &n, key)
	if err == nil && ok && key != "" {
		list, err = gather(p.store(c).TagValues(c.Request().Context(), key, s), mostNames, nil)
	}
	if err != nil {
		return err
	}
	return p.answerTexts(c, list, func(b *body, text string) { b.put(`{"text":`).string(text).put("}") })
}

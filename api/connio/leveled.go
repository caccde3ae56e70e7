package connio

import (
	"context"

	"aion/storage"
	"aion/storage/points"
)

// level has series of numbers and of others, which the engine would keep apart, be of
// one kind, where the property has a type and the question does not ask for numbers:
// as an enumeration may have both, and other protocols may write what they like.
func (a *ask) level(series []storage.Series) []storage.Series {
	if a.plainType() == "" || len(series) == 0 || alike(series) || a.fits(a.plan.Chain, points.Text) != nil {
		return series
	}
	a.leveled = true
	all := make([]storage.Series, len(series))
	for i, s := range series {
		all[i] = &leveled{s, a.property.Property.Type}
	}
	return all
}

// leveled is a series whose values are texts: the JSON that answers have of them.
type leveled struct {
	storage.Series
	kind string // the property's type
}

// Key is the series' key as that of a series of texts.
func (l *leveled) Key() points.Key {
	key := l.Series.Key()
	key.Type = points.TypeText
	return key
}

// Points reads the values as texts.
func (l *leveled) Points(in points.Range, order points.Order) points.Cursor {
	return &leveling{Cursor: l.Series.Points(in, order), kind: l.kind}
}

// leveling is the stream of a leveled series.
type leveling struct {
	points.Cursor
	kind  string
	block points.Block
	text  []byte
}

// Next reads a block and writes its values down.
func (c *leveling) Next(ctx context.Context, b *points.Block) error {
	b.Reset(points.Text)
	if err := c.Cursor.Next(ctx, &c.block); err != nil {
		return err
	}
	for i, at := range c.block.Times {
		c.text = appendValue(c.text[:0], c.kind, &c.block, i)
		b.AppendText(at, string(c.text))
	}
	return nil
}

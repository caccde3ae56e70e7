package connio

import (
	"cmp"
	"context"
	"errors"
	"math"
	"strconv"

	"aion/query/encode"
	"aion/storage"
	"aion/storage/points"
)

// state answers what is known of an object: its header, and each property with its
// last value and what was written into it. Parameters leave sections out.
func (p *Protocol) state(c *call, o *object) error {
	ctx, release := c.clocked()
	defer release()
	sections := map[string]bool{}
	for _, name := range []string{"header", "meta", "stats"} {
		switch text := c.QueryParam(name); text {
		case "", "true":
			sections[name] = true
		case "false":
		default:
			return bad("%s: got %q, want true or false", name, shortened(text))
		}
	}
	all, err := c.lastValues(ctx, o)
	if err != nil {
		return err
	}
	head, err := c.header(o)
	if err != nil {
		return err
	}
	return p.answer(c, func(b *body) error {
		b.put("{")
		if sections["header"] {
			if err := b.json(`"header":`, head); err != nil {
				return err
			}
			b.put(",")
		}
		b.put(`"properties":[`)
		for i := range all {
			if i > 0 {
				b.put(",")
			}
			if err := c.state(ctx, b, &all[i], o, sections); err != nil {
				return err
			}
			if err := b.Pass(); err != nil {
				return err
			}
		}
		b.put(`],"methods":[],"alerts":[]}`)
		return nil
	})
}

// header is what the header of a state says: what a device says, and how much it
// may write.
type header struct {
	deviceView
	InitiatedAt string    `json:"initiatedAt,omitempty"`
	Ingestion   ingestion `json:"ingestion"`
}

// header is the header of an object's state.
func (c *call) header(o *object) (header, error) {
	apps, err := c.appsOf()
	if err != nil {
		return header{}, err
	}
	h := header{deviceView: c.view(o, among(&o.Device, apps))}
	h.InitiatedAt = h.Created
	h.Ingestion, err = c.ingestion(o)
	return h, err
}

// state writes one property of a state.
func (c *call) state(ctx context.Context, b *body, v *value, o *object, sections map[string]bool) error {
	p := property{Place: v.Place}
	b.put(`{"ref":{"id":`).string(p.id()).put(`,"qname":`).string(v.QualifiedName()).put("}")
	if sections["meta"] {
		owner := o.name()
		if v.Profile != "" {
			owner = profileID(o.Organization, v.Profile)
		}
		described := c.propertyView(&v.Place, owner, "", "")
		described.ID, described.Access = p.id(), cmp.Or(described.Access, "public")
		if err := b.json(`,"meta":`, described); err != nil {
			return err
		}
	}
	if v.block.Len() != 0 {
		b.put(`,"value":{"mostRecent":`)
		b.Text = appendValue(b.Text, v.Property.Type, &v.block, 0)
		of := rows(`,"time":"`, `"}`, "")
		b.Text = of.AppendTime(b.Text, v.at)
		if sections["stats"] {
			s, err := v.stats(ctx)
			if err != nil {
				return err
			}
			s.write(b)
		}
	}
	b.put("}")
	return nil
}

// stats are what was written into a property and is kept.
type stats struct {
	count         int64
	numeric       bool
	min, max, sum float64
}

// write writes the statistics: of what is no number the count alone.
func (s *stats) write(b *body) {
	b.Text = strconv.AppendInt(append(b.Text, `,"stats":{"count":`...), s.count, 10)
	if s.numeric {
		b.Text = encode.AppendDouble(append(b.Text, `,"min":`...), s.min)
		b.Text = encode.AppendDouble(append(b.Text, `,"max":`...), s.max)
		b.Text = encode.AppendDouble(append(b.Text, `,"sum":`...), s.sum)
	}
	b.put("}")
}

// stats counts the values of a property, by summaries where there are some.
func (v *value) stats(ctx context.Context) (*stats, error) {
	s := &stats{numeric: v.Property.Type == typeNumber || v.Property.Type == "", min: math.Inf(1), max: math.Inf(-1)}
	for _, series := range v.series {
		key := series.Key()
		s.numeric = s.numeric && key.Kind() == points.Number
		if err := s.add(ctx, series, v.kept); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// add counts the points of a series in a range.
func (s *stats) add(ctx context.Context, series storage.Series, kept points.Range) (err error) {
	var in points.Cursor
	sums, summarized := series.(storage.Summarized)
	if summarized {
		in = sums.Summaries(kept)
	} else {
		in = series.Points(kept, points.Asc)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	var b points.Block
	for {
		if summarized {
			known, ok, err := in.(points.Summarizer).Peek(ctx, math.MaxInt64)
			if err != nil {
				return err
			}
			if ok {
				in.(points.Summarizer).Skip()
				s.note(known.Count, known.Min, known.Max, known.Sum)
				continue
			}
		}
		if err := in.Next(ctx, &b); err != nil {
			return ended(err)
		}
		s.count += int64(b.Len())
		for _, x := range b.Floats {
			s.note(0, x, x, x)
		}
	}
}

// note takes in points that were counted, or only their values.
func (s *stats) note(count int64, least, most, sum float64) {
	s.count, s.min, s.max, s.sum = s.count+count, min(s.min, least), max(s.max, most), s.sum+sum
}

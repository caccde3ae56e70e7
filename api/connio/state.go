package connio

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strconv"

	"aion/query/encode"
	"aion/query/fleet"
	"aion/storage"
	"aion/storage/points"
)

// state answers what is known of an object: its header, and each property with its
// last value and what was written into it. Parameters leave sections out.
func (p *Protocol) state(c *call, o *object) error {
	ctx, cancel := p.clocked(c.ctx())
	defer cancel()
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
	return p.answer(c, func(b *body) error {
		b.put("{")
		if sections["header"] {
			text, err := json.Marshal(o.header())
			if err != nil {
				return err
			}
			b.put(`"header":`).put(string(text)).put(",")
		}
		b.put(`"properties":[`)
		for i := range all {
			if i > 0 {
				b.put(",")
			}
			if err := all[i].write(ctx, b, o, sections["meta"], sections["stats"]); err != nil {
				return err
			}
			if err := b.pass(); err != nil {
				return err
			}
		}
		b.put(`],"methods":[],"alerts":[]}`)
		return nil
	})
}

// header is what the header of a state says.
type header struct {
	ID           string       `json:"id"`
	AccountID    string       `json:"accountId,omitempty"`
	Name         string       `json:"name"`
	Profile      string       `json:"profile,omitempty"`
	Status       fleet.Status `json:"status"`
	InitiatedAt  *string      `json:"initiatedAt,omitempty"`
	DateCreated  *string      `json:"dateCreated,omitempty"`
	DateModified *string      `json:"dateModified,omitempty"`
	Ingestion    ingestion    `json:"ingestion"`
}

// ingestion is how much an object may write; -1: any amount.
type ingestion struct {
	RateLimit        int `json:"rateLimit"`
	MaxNrOfDpPerFeed int `json:"maxNrOfDpPerFeed"`
}

// header is the header of an object's state.
func (o *object) header() header {
	h := header{
		ID: o.name(), AccountID: o.Organization, Name: o.Name, Profile: o.Profile, Status: o.Status,
		Ingestion: ingestion{RateLimit: -1, MaxNrOfDpPerFeed: -1},
	}
	if !o.Created.IsZero() {
		var k clock
		created, modified := string(unquoted(k.append(nil, o.Created.UnixMilli()))), string(unquoted(k.append(nil, o.Modified.UnixMilli())))
		h.InitiatedAt, h.DateCreated, h.DateModified = &created, &created, &modified
	}
	return h
}

// unquoted is a text of JSON without its quotes.
func unquoted(text []byte) []byte { return text[1 : len(text)-1] }

// meta is what a state says of the definition of a property.
type meta struct {
	ID            string            `json:"id"`
	AccountID     string            `json:"accountId,omitempty"`
	OwnerID       string            `json:"ownerId"`
	Name          string            `json:"name"`
	FriendlyName  string            `json:"friendlyName"`
	QualifiedName string            `json:"qualifiedName"`
	Type          string            `json:"type,omitempty"`
	Access        string            `json:"access"`
	Boundaries    *fleet.Boundaries `json:"boundaries,omitempty"`
	Retention     *fleet.Retention  `json:"retention,omitempty"`
}

// write writes one property of a state.
func (v *value) write(ctx context.Context, b *body, o *object, withMeta, withStats bool) error {
	p := property{Place: v.Place}
	b.put(`{"ref":{"id":`).string(p.id()).put(`,"qname":`).string(v.QualifiedName()).put("}")
	if withMeta {
		owner := v.Profile
		if owner == "" {
			owner = o.name()
		}
		text, err := json.Marshal(meta{
			ID: p.id(), AccountID: o.Organization, OwnerID: owner, Name: v.Property.Name, FriendlyName: v.Property.Name,
			QualifiedName: v.QualifiedName(), Type: v.Property.Type, Access: accessOf(&v.Property),
			Boundaries: v.Property.Boundaries, Retention: v.Property.Retention,
		})
		if err != nil {
			return err
		}
		b.put(`,"meta":`).put(string(text))
	}
	if v.block.Len() != 0 {
		b.put(`,"value":{"mostRecent":`)
		b.text = appendValue(b.text, v.Property.Type, &v.block, 0)
		var k clock
		b.text = append(k.append(append(b.text, `,"time":`...), v.at), '}')
		if withStats {
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

// accessOf is who may read and write a property.
func accessOf(p *fleet.Property) string {
	if p.Access == "" {
		return "public"
	}
	return p.Access
}

// stats are what was written into a property and is kept.
type stats struct {
	count         int64
	numeric       bool
	min, max, sum float64
}

// write writes the statistics: of what is no number the count alone.
func (s *stats) write(b *body) {
	b.text = strconv.AppendInt(append(b.text, `,"stats":{"count":`...), s.count, 10)
	if s.numeric {
		b.text = encode.AppendDouble(append(b.text, `,"min":`...), s.min)
		b.text = encode.AppendDouble(append(b.text, `,"max":`...), s.max)
		b.text = encode.AppendDouble(append(b.text, `,"sum":`...), s.sum)
	}
	b.put("}")
}

// stats counts the values of a property, by summaries where there are some.
func (v *value) stats(ctx context.Context) (*stats, error) {
	s := &stats{numeric: v.Property.Type == typeNumber || v.Property.Type == "", min: math.Inf(1), max: math.Inf(-1)}
	for _, series := range v.series {
		key := series.Key()
		s.numeric = s.numeric && key.Kind() == points.Number
		if err := s.add(ctx, series); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// add counts the points of a series.
func (s *stats) add(ctx context.Context, series storage.Series) (err error) {
	var in points.Cursor
	sums, summarized := series.(storage.Summarized)
	if summarized {
		in = sums.Summaries(points.Always)
	} else {
		in = series.Points(points.Always, points.Asc)
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

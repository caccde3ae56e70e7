package kairosdb

import (
	"context"
	"time"

	"aion/storage/points"
)

// publishPlainObject stores the points of the object that has been scanned. It
// is false, and nothing is stored, if that is not valid or not plain after all.
func (p *ingestParser) publishPlainObject(ctx context.Context) (bool, error) {
	o := &p.plain
	if o.seen&(memberName|memberTags) != memberName|memberTags ||
		(o.seen&memberTime == 0) != (o.seen&memberValue == 0) || o.long && !p.allLongs() {
		return false, nil
	}
	valued := o.seen&memberValue != 0
	if valued && o.value == plainString && (o.long || o.double || !plainText(o.text) || looksNumeric(string(o.text))) {
		return false, nil
	}
	p.spans.enter(p.writer.Era())
	series := p.spans.find(o.name, o.tags)
	if series == nil {
		return false, nil
	}
	if err := p.inside(&series.columns.key); err != nil {
		return true, err
	}
	ttl := time.Duration(max(o.ttl, 0)) * time.Second
	if valued {
		if err := p.publishPlainValue(&series.columns, ttl); err != nil {
			return true, err
		}
	}
	if !p.object.rows.empty() {
		return true, p.publishPlainRows(ctx, &series.columns, ttl)
	}
	return true, p.writer.FlushFull(ctx)
}

// allLongs tells whether all numbers of the plain object are integers.
func (p *ingestParser) allLongs() bool {
	return !p.object.rows.doubles && p.plain.value != plainDouble
}

// publishPlainValue stores the single value.
func (p *ingestParser) publishPlainValue(s *seriesColumns, ttl time.Duration) error {
	o := &p.plain
	switch {
	case o.value == plainString:
		s.of(p.writer, points.TypeText).Text(o.at, string(o.text), ttl)
		return nil
	case o.value == plainLong && !o.double:
		s.of(p.writer, points.TypeLong).Int(o.at, o.number.long, ttl)
		p.mark(s, 1, false)
		return nil
	case o.value == plainLong:
		o.number.double = float64(o.number.long)
	}
	p.mark(s, 1, true)
	return s.of(p.writer, points.TypeDouble).Float(o.at, o.number.double, ttl)
}

// publishPlainRows stores the data points.
func (p *ingestParser) publishPlainRows(ctx context.Context, s *seriesColumns, ttl time.Duration) error {
	for _, page := range p.object.rows.pages[:p.object.rows.used] {
		for from, to := 0, 0; from < page.n; from = to {
			to = page.run(from)
			if err := p.storeRun(s, page, from, to, p.plain.double, ttl); err != nil {
				return err
			}
			p.mark(s, p.object.rows.used*page.n, p.plain.double || page.kind[from] == rowDouble)
		}
		if err := p.writer.FlushFull(ctx); err != nil {
			return err
		}
	}
	return nil
}

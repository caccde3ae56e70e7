package kairosdb

import (
	"context"
	"strconv"
	"time"

	"aion/api/kairosdb/gson"
	"aion/storage/points"
)

// publish checks the object that has been read and stores its points, in the
// order and with the messages of DataPointsParser.validateAndAddDataPoints. What
// it returns ends the request.
func (p *ingestParser) publish(ctx context.Context) error {
	o := &p.object
	if !o.checked {
		o.checked = true
		if err := p.check(); err != nil {
			return err
		}
	}
	if o.refused {
		return nil
	}
	if o.columns.key.Metric == "" {
		o.columns.key = o.key()
		if err := fits(o.columns.key); err != nil {
			o.refused = true
			p.problems.add(o.context(p.count) + " " + err.Error())
			return nil
		}
	}
	if err := p.inside(&o.columns.key); err != nil {
		return err
	}
	if err := p.publishValue(); err != nil {
		return err
	}
	return p.publishRows(ctx)
}

// fits is nil where points of every type can be stored under a key: of a series
// that is too long none is, which keeps no other from being stored.
func fits(key points.Key) error {
	key.Type = points.TypeDouble // as long as any
	return key.CheckSize()
}

// publishEarly stores the points of an object that is too large to be held
// whole, once its series is known.
func (p *ingestParser) publishEarly(ctx context.Context) error {
	o := &p.object
	switch {
	case o.weight() < p.early:
		return nil
	case o.name.given && len(o.tags) != 0:
		if err := p.publish(ctx); err != nil {
			return err
		}
		o.begun = true
		o.rows.reset()
		return nil
	}
	return p.bounded()
}

// publishValue stores the single value.
func (p *ingestParser) publishValue() error {
	o := &p.object
	at := o.at()
	if !at.given || o.value == nil || o.valued {
		return nil
	}
	o.valued = true
	_, err := p.publishPoint(o.context(p.count)+".value", at, o.value, o.kind)
	return err
}

// publishRows stores the data points.
func (p *ingestParser) publishRows(ctx context.Context) error {
	o := &p.object
	for _, page := range o.rows.pages[:o.rows.used] {
		for from, to := 0, 0; from < page.n; from = to {
			to = page.run(from)
			if err := p.publishRun(page, from, to); err != nil {
				return err
			}
		}
		if err := p.writer.FlushFull(ctx); err != nil {
			return err
		}
	}
	return nil
}

// publishRun stores rows of one kind. Plain doubles cannot be made longs or
// texts any more, nor plain longs texts.
func (p *ingestParser) publishRun(page *rowPage, from, to int) error {
	o := &p.object
	kind := page.kind[from]
	if kind == rowOdd {
		for _, i := range page.long[from:to] {
			if err := p.publishOdd(o.rows.odd[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if o.kind.given && o.kind.v != "double" && (kind != rowLong || o.kind.v != "long") {
		return p.tooLate("type")
	}
	if err := p.named(); err != nil {
		return err
	}
	o.rowCount += to - from
	return p.storeRun(&o.columns, page, from, to, o.kind.v == "double", p.ttl())
}

// publishOdd stores a data point that was sent as these elements.
func (p *ingestParser) publishOdd(items []*gson.Element) error {
	o := &p.object
	context := o.context(p.count) + ".datapoints[" + strconv.Itoa(o.rowCount) + "]"
	switch {
	case items == nil:
		return broken("")
	case len(items) < 2:
		member := [...]string{".timestamp", ".value"}[len(items)]
		p.problems.add(context + member + " cannot be null or empty.")
		return nil
	}
	at, err := rowTime(items[0])
	if err != nil {
		return err
	}
	if !at.given && !o.skip {
		p.problems.add(context + ".timestamp may not be null.")
		return nil
	}
	kind, err := rowType(items, o.kind)
	if err != nil {
		return err
	}
	if ok, err := p.checkElement(context+".value", items[1], kind); !ok || err != nil {
		return err
	}
	ok, err := p.publishPoint(context+".value", at, items[1], kind)
	if ok {
		o.rowCount++
	}
	return err
}

// rowTime is the time of a data point, if it has one.
func rowTime(e *gson.Element) (optional[int64], error) {
	if e.Kind == gson.NullKind {
		return optional[int64]{}, nil
	}
	v, err := e.AsLong()
	return optional[int64]{v, true}, thrown(err)
}

// rowType is the type that a data point names, or the object's.
func rowType(items []*gson.Element, kind optional[string]) (optional[string], error) {
	if len(items) < 3 {
		return kind, nil
	}
	v, err := items[2].AsString()
	return optional[string]{v, true}, thrown(err)
}

// publishPoint stores a value of the type that was sent or, without one, is
// inferred. It is false for a value that is refused.
func (p *ingestParser) publishPoint(context string, at optional[int64], e *gson.Element, kind optional[string]) (bool, error) {
	if !kind.given {
		kind.v = inferType(e)
	}
	switch kind.v {
	case "long", "double", "string":
	default:
		if !kind.given {
			p.problems.add(p.object.context(p.count) + " value is an invalid type")
		} else {
			p.problems.add("Unregistered data point type '" + kind.v + "'")
		}
		return false, nil
	}
	if !at.given {
		return false, broken("")
	}
	return p.store(context, at.v, e, kind.v)
}

// store puts a value of a registered type into its column. It is false for a
// number that is not finite.
func (p *ingestParser) store(context string, at int64, e *gson.Element, kind string) (bool, error) {
	o := &p.object
	switch kind {
	case "long":
		v, err := e.AsLong()
		if e.Kind == gson.NullKind {
			v, err = 0, nil
		}
		if err = p.ready(err); err != nil {
			return false, err
		}
		o.columns.of(p.writer, points.TypeLong).Int(at, v, p.ttl())
	case "double":
		v, err := e.AsDouble()
		if e.Kind == gson.NullKind {
			v, err = 0, nil
		}
		if err = p.ready(err); err != nil {
			return false, err
		}
		if err := o.columns.of(p.writer, points.TypeDouble).Float(at, v, p.ttl()); err != nil {
			p.problems.add(context + " may not be NaN or infinite.")
			return false, nil
		}
	default:
		v, err := e.AsString()
		if err = p.ready(err); err != nil {
			return false, err
		}
		o.columns.of(p.writer, points.TypeText).Text(at, v, p.ttl())
	}
	return true, nil
}

// ready is the failure of a conversion, or that of a series without a name.
func (p *ingestParser) ready(err error) error {
	if err != nil {
		return thrown(err)
	}
	return p.named()
}

// named is a failure for a series without a name, which only skip_validate lets
// through to KairosDB's store.
func (p *ingestParser) named() error {
	if p.object.name.v == "" {
		return broken("")
	}
	return nil
}

// ttl is the life of the object's points. A negative one counts as none.
func (p *ingestParser) ttl() time.Duration {
	return time.Duration(max(p.object.ttl, 0)) * time.Second
}

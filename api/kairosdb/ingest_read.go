package kairosdb

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"aion/api/kairosdb/gson"
)

// Bounds on what is held of one metric object.
const (
	maxObjectBytes = 256 << 20 // beyond it the request is refused
	earlyBytes     = 32 << 20  // beyond it points are stored before the object has ended
	maxTextBytes   = 16 << 20  // of a single text
)

// readMetric reads the metric object that r comes to, as Gson reads a NewMetric.
// It is false for a null.
func (p *ingestParser) readMetric(ctx context.Context, r *gson.Reader) (bool, error) {
	o := &p.object
	o.reset()
	t, err := r.Peek()
	if err != nil {
		return true, err
	}
	if t == gson.Null {
		return false, r.NextNull()
	}
	if err := r.BeginObject(); err != nil {
		return true, err
	}
	for {
		more, err := r.HasNext()
		if err != nil {
			return true, err
		}
		if !more {
			return true, r.EndObject()
		}
		name, err := r.NextName()
		if err != nil {
			return true, err
		}
		if err := p.readMember(ctx, r, name); err != nil {
			return true, err
		}
		if err := p.bounded(); err != nil {
			return true, err
		}
	}
}

// readMember reads the value of a member.
func (p *ingestParser) readMember(ctx context.Context, r *gson.Reader, name string) (err error) {
	o, name := &p.object, p.dialect.rename(name)
	switch name {
	case "name", "tags", "type", "ttl", "skip_validate", "datapoints":
		if o.begun {
			return p.tooLate(name)
		}
	}
	switch name {
	case "name":
		o.name, err = readText(r)
		o.bytes += len(o.name.v)
	case "timestamp":
		o.timestamp, err = readLong(r)
		o.timestamp.v = p.dialect.millis(o.timestamp.v)
	case "time":
		o.time, err = readLong(r)
	case "value":
		o.value, err = readElement(r)
		if err == nil {
			o.bytes += elementBytes(o.value)
		}
	case "tags":
		err = p.readTags(r)
	case "datapoints":
		err = p.readRows(ctx, r)
	case "type":
		o.kind, err = readText(r)
	case "ttl":
		o.ttl, err = readTTL(r, o.ttl)
	case "skip_validate":
		o.skip, err = readSkip(r, o.skip)
	default:
		err = r.SkipValue()
	}
	return err
}

// bounded refuses an object that is too large to be held.
func (p *ingestParser) bounded() error {
	if p.object.weight() <= p.most {
		return nil
	}
	message := fmt.Sprintf("%s must not hold more than %d bytes before its name and tags.", p.object.context(p.count), p.most)
	return &Fault{http.StatusRequestEntityTooLarge, []string{message}}
}

// tooLate refuses a member that changes points which are stored already. It can
// only follow some hundred thousand points of the same object.
func (p *ingestParser) tooLate(name string) error {
	return bad(p.object.context(p.count) + "." + name + " must stand before so many datapoints.")
}

// readText reads a text as Gson's adapter for strings does.
func readText(r *gson.Reader) (optional[string], error) {
	t, err := r.Peek()
	switch {
	case err != nil:
		return optional[string]{}, err
	case t == gson.Null:
		return optional[string]{}, r.NextNull()
	case t == gson.Boolean:
		v, err := r.NextBoolean()
		return optional[string]{strconv.FormatBool(v), true}, err
	}
	v, err := r.NextString()
	return optional[string]{v, true}, err
}

// readLong reads a 64-bit number as Gson's adapter for Long does.
func readLong(r *gson.Reader) (optional[int64], error) {
	t, err := r.Peek()
	switch {
	case err != nil:
		return optional[int64]{}, err
	case t == gson.Null:
		return optional[int64]{}, r.NextNull()
	}
	v, err := r.NextLong()
	return optional[int64]{v, true}, numberError(err)
}

// readTTL reads a 32-bit number; a null leaves what was there.
func readTTL(r *gson.Reader, was int32) (int32, error) {
	t, err := r.Peek()
	switch {
	case err != nil:
		return was, err
	case t == gson.Null:
		return was, r.NextNull()
	}
	v, err := r.NextInt()
	return v, numberError(err)
}

// readSkip reads a boolean, or a text that is true in any case; a null leaves
// what was there.
func readSkip(r *gson.Reader, was bool) (bool, error) {
	t, err := r.Peek()
	switch {
	case err != nil:
		return was, err
	case t == gson.Null:
		return was, r.NextNull()
	case t == gson.String:
		v, err := r.NextString()
		return equalFoldTrue(v), err
	}
	return r.NextBoolean()
}

// readTags reads the tags, which Gson takes as an object or as an array of
// pairs.
func (p *ingestParser) readTags(r *gson.Reader) error {
	p.object.dropTags()
	t, err := r.Peek()
	switch {
	case err != nil:
		return err
	case t == gson.Null:
		return r.NextNull()
	case t == gson.BeginArray:
		return each(r, gson.EndArray, p.readTagPair)
	}
	return each(r, gson.EndObject, p.readTag)
}

// readTag reads a tag that is a member of an object.
func (p *ingestParser) readTag(r *gson.Reader) error {
	if err := r.PromoteName(); err != nil {
		return err
	}
	return p.readTagValue(r)
}

// readTagPair reads a tag that is an array of name and value.
func (p *ingestParser) readTagPair(r *gson.Reader) error {
	if err := r.BeginArray(); err != nil {
		return err
	}
	if err := p.readTagValue(r); err != nil {
		return err
	}
	return r.EndArray()
}

// readTagValue reads the name and the value of a tag.
func (p *ingestParser) readTagValue(r *gson.Reader) error {
	name, err := readText(r)
	if err != nil {
		return err
	}
	value, err := readText(r)
	if err != nil {
		return err
	}
	if !name.given {
		return broken("key == null")
	}
	if !p.object.setTag(name, value) {
		return bad("duplicate key: " + name.v)
	}
	return p.bounded()
}

// each reads an array or object, calling read for everything in it.
func each(r *gson.Reader, end gson.Token, read func(*gson.Reader) error) error {
	begin, finish := r.BeginArray, r.EndArray
	if end == gson.EndObject {
		begin, finish = r.BeginObject, r.EndObject
	}
	if err := begin(); err != nil {
		return err
	}
	for {
		more, err := r.HasNext()
		if err != nil {
			return err
		}
		if !more {
			return finish()
		}
		if err := read(r); err != nil {
			return err
		}
	}
}

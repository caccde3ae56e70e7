package transfer

import (
	"errors"
	"strings"
	"time"

	"aion/storage/ingest"
	"aion/storage/points"
)

// object is one metric object of a file while it is read: what it has said of
// itself so far.
type object struct {
	key      points.Key // without a type
	named    bool
	tagged   bool
	typ      string // of points without one
	ttl      time.Duration
	at       int64 // of a point that is the object itself
	hasAt    bool
	value    value
	hasValue bool
	skipped  bool // it is not meant
	given    bool // points were given to the writer
}

// errNoName is what is wrong with an object without a metric's name.
var errNoName = malformed("the object has no name")

// objects reads metric objects and gives their points to a writer.
type objects struct {
	s      *scanner
	choice *Choice
	report *Report
	o      object
	c      collected

	// writer is where points go; given counts them, and flush is called then.
	writer func() *ingest.Writer
	flush  func() error
	given  func(points int)
}

// object reads an object, whose opening brace has been seen.
func (p *objects) object() error {
	p.o = object{}
	p.c.reset()
	if err := p.s.take('{'); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := p.s.more('}', first)
		if err != nil {
			return err
		}
		if !more {
			return p.end()
		}
		name, err := p.s.text()
		if err != nil {
			return err
		}
		if err := p.s.take(':'); err != nil {
			return err
		}
		if err := p.member(name); err != nil {
			return err
		}
	}
}

// member reads the value of a member.
func (p *objects) member(name string) (err error) {
	o := &p.o
	switch name {
	case "name":
		o.key.Metric, err = p.s.text()
		if o.named = o.key.Metric != ""; !o.named && err == nil {
			err = errNoName
		}
		o.skipped = !p.choice.Takes(o.key.Metric)
	case "tags":
		o.key.Tags, err = p.tags()
		o.tagged = true
	case "type":
		o.typ, err = p.s.text()
		return errors.Join(err, p.late(name))
	case "ttl":
		o.ttl, err = p.ttl()
		return errors.Join(err, p.late(name))
	case "timestamp", "time":
		o.at, err = p.time()
		o.hasAt = true
	case "value":
		o.value, err = p.value()
		o.hasValue = true
	case "datapoints":
		if o.skipped {
			return p.s.skip(0)
		}
		return p.points()
	default:
		return p.s.skip(0)
	}
	return err
}

// late is an error where points have been given away without knowing a member.
func (p *objects) late(name string) error {
	if p.o.given || p.c.len() > 0 {
		return malformed("%s must stand before the datapoints", name)
	}
	return nil
}

// end ends an object: what is held goes to the writer.
func (p *objects) end() error {
	o := &p.o
	if o.skipped {
		return nil
	}
	if o.hasAt && o.hasValue && p.choice.Range.Holds(o.at) {
		if err := p.c.add(o.at, o.typ, &o.value); err != nil {
			p.refuse(err)
		}
	}
	if p.c.len() == 0 {
		return nil
	}
	if !o.named {
		return errNoName
	}
	o.tagged = true
	return p.give()
}

// give gives what is held to the writer if name and tags are known.
func (p *objects) give() error {
	if !p.o.named || !p.o.tagged {
		if p.c.len() > maxHeld {
			return malformed("name and tags must stand before so many datapoints")
		}
		return nil
	}
	p.o.given = true
	p.cut()
	p.given(p.c.len())
	if err := p.c.give(p.writer(), p.o.key, p.o.ttl); err != nil {
		return err
	}
	return p.flush()
}

// salvage gives to the writer what an object held before it turned out to be
// malformed.
func (p *objects) salvage() {
	if p.o.named && p.o.tagged && p.c.len() > 0 && !p.o.skipped {
		p.cut()
		p.given(p.c.len())
		// What is held is finite, so that nothing of it is refused.
		_ = p.c.give(p.writer(), p.o.key, p.o.ttl)
	}
}

// cut counts what is held under names that are too long, and lets go of it.
func (p *objects) cut() {
	if n, err := p.c.cut(p.o.key); err != nil {
		p.report.refuse(p.s.line, int64(n), p.why(err))
	}
}

// refuse counts a point that is not stored.
func (p *objects) refuse(err error) { p.report.refuse(p.s.line, 1, p.why(err)) }

// why is why points of the object are not stored, behind its name.
func (p *objects) why(err error) string {
	const most = 200 // bytes of the name
	name := p.o.key.Metric
	switch {
	case !p.o.named:
		return err.Error()
	case len(name) > most:
		name = strings.ToValidUTF8(name[:most], "") + "…"
	}
	return name + ": " + err.Error()
}

package transfer

import "errors"

// pointRoom is how much of the window a plain point may take.
const pointRoom = 96

// points reads an array of points and gives them to the writer as they come.
func (p *objects) points() error {
	if err := p.s.take('['); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := p.s.more(']', first)
		if !more || err != nil {
			return err
		}
		if err := p.run(); err != nil {
			return err
		}
		if p.c.full() {
			if err := p.give(); err != nil {
				return err
			}
		}
	}
}

// run reads plain points with commas between as long as there are any and room
// for them, or one point of any form.
func (p *objects) run() error {
	s, typed := p.s, p.o.typ != ""
	if s.end-s.pos < pointRoom {
		s.fill(s.pos)
	}
	var q plainPoint
	for begun := false; ; begun = true {
		from := s.pos
		if begun && from < s.end && s.buf[from] == ',' {
			from++
		} else if begun {
			return nil
		}
		n := q.plain(s.buf[from:s.end], typed)
		if n == 0 {
			if begun {
				return nil
			}
			return p.point()
		}
		s.pos = from + n
		if p.choice.Range.Holds(q.at) {
			if q.isInt {
				p.c.long(q.at, q.long)
			} else {
				p.c.double(q.at, q.float)
			}
		}
		if p.c.full() {
			return nil
		}
	}
}

// point reads a point of any form: a time, a value and perhaps the name of a
// type. One that cannot be stored is counted.
func (p *objects) point() error {
	if err := p.s.take('['); err != nil {
		return err
	}
	at, atErr := p.time()
	if atErr != nil && !errors.Is(atErr, errNoTime) {
		return atErr
	}
	if err := p.s.take(','); err != nil {
		return err
	}
	v, err := p.value()
	valueErr := err
	if err != nil && !errors.Is(err, errNotFinite) {
		return err
	}
	typ := p.o.typ
	for {
		more, err := p.s.more(']', false)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if typ, err = p.s.text(); err != nil {
			return err
		}
	}
	switch {
	case atErr != nil:
		p.refuse(atErr)
	case !p.choice.Range.Holds(at):
	case valueErr != nil:
		p.refuse(valueErr)
	default:
		if err := p.c.add(at, typ, &v); err != nil {
			p.refuse(err)
		}
	}
	return nil
}

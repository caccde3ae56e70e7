package transfer

import (
	"aion/storage/points"
)

// remoteAnswer reads the answer to a query.
type remoteAnswer struct {
	o      objects
	metric string
	each   func(*points.Key, *points.Block) error
	key    points.Key
	block  points.Block
}

// members reads an object, its members as they are known, all others not at all.
func (a *remoteAnswer) members(known map[string]func() error) error {
	return a.object(func(name string) error {
		if read, ok := known[name]; ok {
			return read()
		}
		return a.o.s.skip(0)
	})
}

// object reads an object, the value of each of its members as it is read by name.
func (a *remoteAnswer) object(value func(name string) error) error {
	s := a.o.s
	if err := s.take('{'); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := s.more('}', first)
		if !more || err != nil {
			return err
		}
		name, err := s.text()
		if err == nil {
			err = s.take(':')
		}
		if err != nil {
			return err
		}
		if err := value(name); err != nil {
			return err
		}
	}
}

// list reads an array of elements.
func (a *remoteAnswer) list(element func() error) error {
	if err := a.o.s.take('['); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := a.o.s.more(']', first)
		if !more || err != nil {
			return err
		}
		if err := element(); err != nil {
			return err
		}
	}
}

// query reads the results of a query.
func (a *remoteAnswer) query() error {
	return a.members(map[string]func() error{"results": func() error { return a.list(a.result) }})
}

// result reads a group: its tags, of which each has one value, and then its
// points.
func (a *remoteAnswer) result() error {
	a.key = points.Key{Metric: a.metric}
	return a.members(map[string]func() error{"tags": a.tags, "values": func() error {
		if err := a.list(a.point); err != nil {
			return err
		}
		return a.give()
	}})
}

// tags reads the tags of a group.
func (a *remoteAnswer) tags() error {
	err := a.object(func(name string) error {
		return a.list(func() error {
			value, err := a.o.s.text()
			a.key.Tags = append(a.key.Tags, points.Tag{Name: name, Value: value})
			return err
		})
	})
	if err == nil {
		a.key.Tags, err = sorted(a.key.Tags)
	}
	return err
}

// point reads a point and gives away a block that is full.
func (a *remoteAnswer) point() error {
	if err := a.o.s.take('['); err != nil {
		return err
	}
	at, err := a.o.time()
	if err == nil {
		err = a.o.s.take(',')
	}
	if err != nil {
		return err
	}
	v, err := a.o.value()
	if err != nil {
		return err
	}
	if err := a.o.s.take(']'); err != nil {
		return err
	}
	if err := a.add(at, &v); err != nil || a.block.Len() < points.BlockSize {
		return err
	}
	return a.give()
}

// add adds a value to the block. The points of a group are numbers or texts, or
// objects.
func (a *remoteAnswer) add(at int64, v *value) error {
	kind := points.Number
	if v.quoted {
		kind = points.Text
	}
	if v.object {
		kind = points.Opaque
	}
	if a.block.Kind != kind && a.block.Len() > 0 {
		if err := a.give(); err != nil {
			return err
		}
	}
	if a.block.Len() == 0 {
		a.block.Reset(kind)
	}
	switch {
	case v.object:
		o, err := v.other(at, complexName)
		if err != nil {
			return err
		}
		a.key.Type, a.block.Type = points.TypeComplex, points.TypeComplex
		a.block.AppendBytes(at, o.data)
	case v.quoted:
		a.block.AppendText(at, v.text)
	case v.text == nullName:
		a.block.AppendNull(at)
	default:
		long, float, isInt, err := number(v.text)
		switch {
		case err != nil:
			return err
		case isInt:
			a.block.AppendInt(at, long)
		default:
			a.block.AppendFloat(at, float)
		}
	}
	return nil
}

// give gives the block away.
func (a *remoteAnswer) give() error {
	if a.block.Len() == 0 {
		return nil
	}
	err := a.each(&a.key, &a.block)
	a.block.Reset(a.block.Kind)
	return err
}

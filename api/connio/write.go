package connio

import (
	"net/http"
	"strconv"

	"aion/api/access"
	"aion/query/fleet"
	"aion/storage/points"
)

// writing are the calls that write data, but for those into one property, which
// may be queries as well.
func (p *Protocol) writing() []route {
	return append(
		onData(http.MethodPost, "properties", access.WriteData, (*call).writeProperties),
		onData(http.MethodPost, "", access.WriteData, (*call).writeValues)...,
	)
}

// receipt says how many points of a request were taken.
type receipt struct{ accepted, rejected int }

// note counts a point.
func (r *receipt) note(accepted bool) {
	if accepted {
		r.accepted++
	} else {
		r.rejected++
	}
}

// writeProperties writes a feed whose points name their properties.
func (c *call) writeProperties(o *object) error {
	return c.writeBody(o, func(s *sheets, body span, now int64, r *receipt) error {
		return s.feed(nil, body, now, r)
	})
}

// writeProperty writes a feed into the property that the path names. No body is one
// that is not JSON.
func (c *call) writeProperty(o *object, body span) error {
	s, err := c.sheets(o)
	if err != nil {
		return err
	}
	place, err := s.place(c.value("property"))
	if err != nil {
		return refused(err)
	}
	if !o.mayWrite(&place.Property) {
		return denied("the property is not public: only the device's own key writes it")
	}
	if err := s.fed(); err != nil {
		return err
	}
	only := s.of(place)
	return s.write(body, func(s *sheets, body span, now int64, r *receipt) error {
		return s.feed(only, body, now, r)
	})
}

// writeValues writes a value of each property that the body names, as of now.
func (c *call) writeValues(o *object) error {
	return c.writeBody(o, func(s *sheets, body span, now int64, r *receipt) error {
		if body.first() != '{' {
			return bad("body: want an object with a value for each property")
		}
		if err := s.room("body", body); err != nil {
			return err
		}
		for name, value := range body.members() {
			ok := false
			if one := s.sheet(name.text()); one != nil {
				var err error
				if ok, err = s.put(one, now, value); err != nil {
					return err
				}
			}
			r.note(ok)
		}
		return nil
	})
}

// gatherer takes what a body says, which came in at a time.
type gatherer func(s *sheets, body span, now int64, r *receipt) error

// writeBody writes what a gatherer makes of the body of the request.
func (c *call) writeBody(o *object, gather gatherer) error {
	s, err := c.sheets(o)
	if err == nil {
		err = s.fed()
	}
	if err != nil {
		return err
	}
	body, err := c.incoming()
	if err != nil {
		return err
	}
	defer c.p.buffers.rest(body)
	return s.write(spanOf(body.Bytes()), gather)
}

// write writes what a gatherer makes of a body and answers the receipt.
func (s *sheets) write(body span, gather gatherer) error {
	if body == nil {
		return bad("body: it is not JSON")
	}
	var r receipt
	if err := gather(s, body, s.c.p.Now().UnixMilli(), &r); err != nil {
		return err
	}
	if err := s.store(); err != nil {
		return err
	}
	answer := strconv.AppendInt([]byte(`{"accepted":`), int64(r.accepted), 10)
	answer = strconv.AppendInt(append(answer, `,"rejected":`...), int64(r.rejected), 10)
	return s.c.JSONBlob(http.StatusOK, append(answer, '}'))
}

// feed gathers the points of a feed: those of one property, or of the properties
// that they name.
func (s *sheets) feed(only *sheet, body span, now int64, r *receipt) error {
	f, err := feedOf(body, now)
	if err == nil {
		err = s.room("dps", f.points)
	}
	if err != nil {
		return err
	}
	for element := range f.points.elements() {
		ok := false
		if e, is := entryOf(element); is && f.fits(&e) {
			at, timed := f.at(&e)
			if one := s.meant(only, &f, &e); timed && one != nil {
				if ok, err = s.put(one, at, e.v); err != nil {
					return err
				}
			}
		}
		r.note(ok)
	}
	return nil
}

// meant is the sheet of the property that a point is for, nil where there is none.
// A point that comes in for one property does not name another one.
func (s *sheets) meant(only *sheet, f *feed, e *entry) *sheet {
	named := e.prop
	if named.null() {
		named = f.prop
	}
	if named.null() {
		return only
	}
	if named.first() != '"' {
		return nil
	}
	one, known := s.bySpan[string(named)]
	if !known {
		one = s.sheet(named.text())
		s.bySpan[string(named)] = one
	}
	if only != nil && one != only {
		return nil
	}
	return one
}

// store stores what was gathered, as far as the properties' rules keep it.
func (s *sheets) store() error {
	for _, one := range s.all {
		one.settle()
	}
	ctx := s.c.ctx()
	release, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer release()
	store := s.c.store()
	b, some := s.c.p.Fleet.NewBatch(store), false
	for _, one := range s.all {
		if err := s.keep(ctx, store, one); err != nil {
			return err
		}
		if len(one.rows) != 0 {
			one.into(b, s.tags(&one.place))
			some = true
		}
	}
	if !some {
		return nil
	}
	if err := b.Write(ctx); err != nil {
		return err
	}
	return s.crop(ctx)
}

// tags are the tags of what is written at a place. Under a policy of Yggio's that
// does not keep points for ever they name it, as what Yggio writes does.
func (s *sheets) tags(place *fleet.Place) points.Tags {
	source := sourceExternal
	if s.o.own || s.o.free {
		source = sourceObject
	}
	tags := points.Tags{{Name: s.c.p.DeviceTag, Value: s.o.ID}, {Name: tagProtocol, Value: protocolRest}, {Name: tagSource, Value: source}}
	if place.Profile != "" {
		tags = append(tags, points.Tag{Name: fleet.ProfileTag, Value: place.Profile})
	}
	if !s.c.asker.Home {
		tags = append(tags, points.Tag{Name: s.c.p.OrganizationTag, Value: s.c.asker.Organization})
	}
	if days, _ := fleet.PolicyDays(s.o.RetentionPolicy); days != 0 {
		tags = append(tags, points.Tag{Name: fleet.PolicyTag, Value: s.o.RetentionPolicy})
	}
	tags.Sort()
	return tags
}

package yggio

import (
	"errors"
	"slices"
	"strings"

	"aion/api/access"
	"aion/query/fleet"
)

// The rights on an iotnode, as records have them.
const (
	admin = "admin" // everything
	write = "write"
	read  = "read" // the whole iotnode
	peek  = "peek" // use without listing
)

// has tells whether somebody has a right on an iotnode, as far as the role and the
// scopes permit what it is for. Who administers the organization has all
// rights, so does a key, which its scopes and its context bound. Where an iotnode
// names nobody, as one that was made by its points, the role alone counts.
func has(by *access.Principal, d *fleet.Device, right string) bool {
	if by.Kind == access.Open || by.Kind == access.Key || by.Administers(d.Organization) || len(d.Rights) == 0 {
		return true
	}
	return slices.ContainsFunc(d.Rights, func(r fleet.Right) bool {
		return r.User == by.ID && (r.Right == right || r.Right == admin || right == peek)
	})
}

// node is the iotnode of the path, for who has one of the rights on it. What is not
// there, and what is another organization's or outside of the context of who asks,
// is answered alike and after the same reads. An id is a number in hex digits, which
// may be written with capitals, too, as long as nothing is called just so.
func (c *call) node(rights ...string) (*fleet.Device, error) {
	d, err := c.resolve(c.ref)
	if lower := strings.ToLower(c.ref); errors.Is(err, fleet.ErrUnknown) && lower != c.ref && isHex(c.ref) {
		d, err = c.resolve(lower)
	}
	switch {
	case errors.Is(err, fleet.ErrUnknown), errors.Is(err, fleet.ErrAmbiguous):
		return nil, absent(byPath, c.ref)
	case err != nil:
		return nil, err
	}
	return &d, c.may(&d, rights...)
}

// may is nil where who asks has the scope that the action needs and one of the
// rights on an iotnode that is in use.
func (c *call) may(d *fleet.Device, rights ...string) error {
	if !c.asker.May(c.scope) || !slices.ContainsFunc(rights, func(right string) bool { return has(c.asker, d, right) }) || d.Status == fleet.Disabled {
		return forbidden()
	}
	return nil
}

// fleet is what is known of iotnodes, as it was a moment ago where the call only
// asks for data.
func (c *call) fleet() fleet.Lookup {
	if c.scope == access.ReadData {
		return c.p.Fleet.Lately()
	}
	return c.p.Fleet.Lookup
}

// resolve is the iotnode that a reference means: by its id, an alias or an
// identifier. Inside a context nothing else is read than what the context comes
// to, whatever the reference is.
func (c *call) resolve(ref string) (fleet.Device, error) {
	if !c.asker.Narrow() {
		return c.fleet().Resolve(c.ctx(), c.asker.Organization, ref, fleet.Manner{Unnamed: true})
	}
	reached := c.p.Access.Reached(c.asker)
	if slices.Contains(reached, ref) {
		return c.fleet().Device(c.ctx(), c.asker.Organization, ref)
	}
	unknown := &fleet.UnknownError{Thing: "device", Ref: ref}
	found, err := fleet.Device{}, error(unknown)
	for _, id := range reached {
		d, failed := c.fleet().Device(c.ctx(), c.asker.Organization, id)
		switch {
		case errors.Is(failed, fleet.ErrUnknown):
		case failed != nil:
			return found, failed
		case called(&d, ref):
			found, err = d, nil
		}
	}
	return found, err
}

// called tells whether a device is called by a reference.
func called(d *fleet.Device, ref string) bool {
	i := d.Identifiers()
	return ref == d.ID || slices.Contains([]string{i.Digits, i.Hex, i.UUID}, ref) || slices.Contains(d.Aliases, ref)
}

// nodeID is the id of an iotnode as Yggio's clients write it: 24 hex digits.
func nodeID(d *fleet.Device) string {
	if isHex(d.ID) {
		return d.ID
	}
	if i := slices.IndexFunc(d.Aliases, isHex); i >= 0 {
		return d.Aliases[i]
	}
	return d.Identifiers().Hex
}

// isHex tells whether a text is 24 hex digits.
func isHex(text string) bool {
	if len(text) != 24 {
		return false
	}
	for _, r := range text {
		if (r < '0' || r > '9') && (r < 'a' || r > 'f') && (r < 'A' || r > 'F') {
			return false
		}
	}
	return true
}

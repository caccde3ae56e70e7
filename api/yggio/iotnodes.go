package yggio

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"

	"aion/api/access"
	"aion/query/encode"
	"aion/query/fleet"
)

// listPage is how many records a list reads at once.
const listPage = 500

// list answers the iotnodes that who asks may read, in the order of their ids.
// Those that may be used alone are not listed.
func (c *call) list() error {
	if !c.asker.May(c.scope) {
		return forbidden()
	}
	return c.array(c.nodes)
}

// nodes writes the iotnodes that who asks may read.
func (c *call) nodes(w *writer) error {
	next := c.page
	if c.asker.Narrow() {
		next = c.reached
	}
	for after := ""; ; {
		devices, last, err := next(c.ctx(), after)
		if err != nil {
			return err
		}
		for i := range devices {
			d := &devices[i]
			after = d.ID
			if !has(c.asker, d, read) {
				continue
			}
			if w.rows++; w.rows > 1 {
				w.Text = append(w.Text, ',')
			}
			w.Text = appendNode(w.Text, d)
		}
		if err := w.Pass(); err != nil || last {
			return err
		}
	}
}

// page is a page of the organization's devices, and whether it is the last.
func (c *call) page(ctx context.Context, after string) ([]fleet.Device, bool, error) {
	devices, err := c.p.Fleet.Devices(ctx, c.asker.Organization, "", after, listPage)
	return devices, len(devices) < listPage, err
}

// reached are the devices that the context of who asks comes to.
func (c *call) reached(ctx context.Context, _ string) (all []fleet.Device, last bool, err error) {
	for _, id := range slices.Sorted(slices.Values(c.p.Access.Reached(c.asker))) {
		d, err := c.p.Fleet.Device(ctx, c.asker.Organization, id)
		switch {
		case errors.Is(err, fleet.ErrUnknown):
		case err != nil:
			return nil, true, err
		default:
			all = append(all, d)
		}
	}
	return all, true, nil
}

// show answers an iotnode, or of one that may be used alone what it is called.
func (c *call) show() error {
	d, err := c.node(read, peek)
	if err != nil {
		return err
	}
	if !has(c.asker, d, read) {
		d = &fleet.Device{ID: nodeID(d), Name: d.Name}
		return c.answered(http.StatusOK, d, false)
	}
	return c.answered(http.StatusOK, d, true)
}

// answered answers an iotnode: all of it, or what it is called.
func (c *call) answered(status int, d *fleet.Device, whole bool) error {
	if whole {
		return c.JSONBlob(status, appendNode(nil, d))
	}
	text := encode.AppendString([]byte(`{"_id":`), d.ID)
	text = encode.AppendString(append(text, `,"name":`...), d.Name)
	return c.JSONBlob(status, append(text, '}'))
}

// create makes an iotnode, on which who asks has all rights.
func (c *call) create() error {
	o, err := c.object()
	if err != nil {
		return err
	}
	b, err := nodeBodyOf(o)
	if err != nil {
		return err
	}
	if b.name == nil || *b.name == "" {
		return invalid("name", "Required")
	}
	if !c.asker.May(c.scope) || c.asker.Narrow() {
		return forbidden()
	}
	d := fleet.Device{Attributes: map[string]any{}}
	if d.ID, err = c.idOf(&b); err != nil {
		return err
	}
	if err := b.apply(&d); err != nil {
		return err
	}
	c.own(&d)
	if err := c.mayBecome(&b, c.asker.Organization, d.ID); err != nil {
		return err
	}
	made, err := c.p.Fleet.Create(c.ctx(), c.asker.Organization, d)
	if err != nil {
		return refused(err)
	}
	if err := c.p.Access.Audit.Note(c.ctx(), "device.create", made.Organization, made.ID); err != nil {
		return err
	}
	return c.answered(http.StatusCreated, &made, true)
}

// idOf is the id of a new iotnode: the one that the request gives it, in small
// letters, or a fresh one. An id that stands for something as it is written is taken.
func (c *call) idOf(b *nodeBody) (string, error) {
	if b.id == "" {
		return c.p.newID(), nil
	}
	id := strings.ToLower(b.id)
	if id == b.id {
		return id, nil
	}
	_, err := c.resolve(b.id)
	switch {
	case err == nil, errors.Is(err, fleet.ErrAmbiguous):
		return "", refused(fleet.ErrTaken)
	case errors.Is(err, fleet.ErrUnknown):
		return id, nil
	}
	return "", err
}

// own has an iotnode belong to the user who makes it, with all rights besides those
// that the request gives to others.
func (c *call) own(d *fleet.Device) {
	if c.asker.Kind != access.User && c.asker.Kind != access.Token {
		return
	}
	for _, right := range []string{admin, read, write} {
		if mine := (fleet.Right{User: c.asker.ID, Right: right}); !slices.Contains(d.Rights, mine) {
			d.Rights = append(d.Rights, mine)
		}
	}
	d.Attributes["owner"] = c.asker.ID
}

// newID is an id of 24 hex digits: the time in seconds, and random ones.
func (p *Protocol) newID() string {
	var b [12]byte
	// Read never fails.
	_, _ = rand.Read(b[:])
	binary.BigEndian.PutUint32(b[:], uint32(p.Now().Unix()))
	return hex.EncodeToString(b[:])
}

// mayBecome is nil unless the body gives an iotnode a secret by which who asks would
// write what the iotnode keeps from him, or lets him only read: who has the secret is
// the iotnode.
func (c *call) mayBecome(b *nodeBody, organization, id string) error {
	if b.secret == nil || *b.secret == "" || !c.asker.Confined() {
		return nil
	}
	closes, err := c.p.Fleet.Closes(c.ctx(), organization, id)
	if err == nil && closes {
		err = forbidden()
	}
	return err
}

// change changes what the body names of an iotnode, and stores the values that it
// names besides. Secret and rights are changed by who has the right to do all,
// identifiers by who sees all of the organization: what is taken would tell what
// there is outside of a context.
func (c *call) change() error {
	o, err := c.object()
	if err != nil {
		return err
	}
	b, err := nodeBodyOf(o)
	if err != nil {
		return err
	}
	v, err := valuesOf(o, c.p.Now(), isOfNode)
	if err != nil {
		return err
	}
	rights := []string{write, admin}
	if b.guarded() {
		rights = []string{admin}
	}
	d, err := c.node(rights...)
	if err != nil {
		return err
	}
	if len(v.list) > 0 && !c.asker.May(access.WriteData) || c.asker.Narrow() && b.renames(d) {
		return forbidden()
	}
	if err := c.mayBecome(&b, d.Organization, d.ID); err != nil {
		return err
	}
	if !b.empty() {
		changed, err := c.p.Fleet.Change(c.ctx(), d.Organization, d.ID, b.apply)
		if err != nil {
			return refused(err)
		}
		d = &changed
		if err := c.p.Access.Audit.Note(c.ctx(), "device.change", d.Organization, d.ID); err != nil {
			return err
		}
	}
	if err := v.store(c.ctx(), c.p, d); err != nil {
		return err
	}
	return c.answered(http.StatusOK, d, has(c.asker, d, read))
}

package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// An alias record says which devices are called by a text. It is written before
// the record of a device that has the alias and taken away after it, and counts
// only where the device says the same; so whatever is cut off between the two
// leaves at most a text that nobody is called by.

// rank is how strongly a text stands for a device. A stronger one wins.
type rank int

// The ranks. Ids stand above all of them.
const (
	byNumber rank = iota // one of the identifiers that were made
	byAlias              // an alias: one device has it
	byName               // a name: several devices may have it
)

// claim is a text that a device is called by.
type claim struct {
	rank rank
	text string
}

// holder is a device that is called by a text of an alias record.
type holder struct {
	ID   string `json:"id"`
	Text string `json:"text"` // as it was written: the record is that of all ways to write it
	Name bool   `json:"name,omitempty"`
}

// holders is an alias record.
type holders struct {
	All  []holder `json:"holders"`
	Many bool     `json:"many,omitempty"` // more devices have had the name than are noted
}

// maxHolders is how many devices with one name are noted.
const maxHolders = 8

// claims are all texts that d is called by, beside its id.
func (d *Device) claims() []claim {
	list := []claim{{byNumber, digits(d.Number)}}
	for _, a := range d.Aliases {
		list = append(list, claim{byAlias, a})
	}
	if d.Name != "" {
		list = append(list, claim{byName, d.Name})
	}
	return list
}

// has tells whether a claim is one of d's.
func (d *Device) has(c claim) bool {
	switch c.rank {
	case byNumber:
		return c.text == digits(d.Number)
	case byAlias:
		return slices.Contains(d.Aliases, c.text)
	}
	return d.Name != "" && c.text == d.Name
}

// record is the id of the alias record of a claim.
func (c claim) record(tenant string) string {
	p := c.recordParts(tenant)
	return p[0] + p[1] + p[2]
}

// recordParts are what record joins.
func (c claim) recordParts(tenant string) [3]string {
	space := "/t/"
	if c.rank == byNumber {
		space = "/n/"
	}
	return [3]string{url.PathEscape(tenant), space, strings.ToLower(c.text)}
}

// number is the number that is claimed, if it is one.
func (c claim) number() (n int64, ok bool) {
	if c.rank != byNumber {
		return 0, false
	}
	n, err := strconv.ParseInt(c.text, 10, 64)
	return n, err == nil
}

// holder is a device as the claim's record names it.
func (c claim) holder(id string) holder { return holder{id, c.text, c.rank == byName} }

// parseHolders reads an alias record. One that makes no sense holds nothing.
func parseHolders(value []byte) holders {
	var h holders
	if json.Unmarshal(value, &h) != nil {
		return holders{}
	}
	return h
}

// holders reads an alias record that is only looked at.
func (f *Fleet) holders(value []byte) holders {
	h, _ := f.said.holders.said(value, func(value []byte) (holders, error) { return parseHolders(value), nil })
	return h
}

// value is the record of h; nil where nothing is left of it.
func (h holders) value() ([]byte, error) {
	if len(h.All) == 0 && !h.Many {
		return nil, nil
	}
	return json.Marshal(h)
}

// errSame ends an update of an alias record that is right already.
var errSame = errors.New("nothing to change")

// hold has an alias record say that a device has a text, or answers that another
// one has it. With anew the record is written even where it says so already, so
// that nobody who has read it before takes the text away.
func (f *Fleet) hold(ctx context.Context, tenant, id string, c claim, anew bool) error {
	want := c.holder(id)
	if n, ok := c.number(); ok {
		if there, err := f.onPage(ctx, tenant, id, n); err != nil || there {
			return err
		}
	}
	err := f.c.Catalog.Update(ctx, kindAlias, c.record(tenant), func(value []byte) ([]byte, error) {
		h := parseHolders(value)
		if slices.Contains(h.All, want) && !anew {
			return nil, errSame
		}
		if err := f.yield(ctx, tenant, id, c, &h); err != nil {
			return nil, err
		}
		switch {
		case slices.Contains(h.All, want):
		case c.rank == byName && names(h.All) >= maxHolders:
			h.Many = true
		default:
			h.All = append(h.All, want)
		}
		return h.value()
	})
	if errors.Is(err, errSame) {
		return nil
	}
	return err
}

// names counts the holders of names.
func names(all []holder) (n int) {
	for _, h := range all {
		if h.Name {
			n++
		}
	}
	return n
}

// yield takes those out of an alias record who are not called so, as far as they
// stand in the way of a claim. One that is called so is a TakenError.
func (f *Fleet) yield(ctx context.Context, tenant, id string, c claim, h *holders) error {
	if c.rank == byName {
		return nil
	}
	for i := 0; i < len(h.All); {
		other := h.All[i]
		if other.ID == id || other.Name || other.Text != c.text {
			i++
			continue
		}
		_, ok, err := f.called(ctx, tenant, other, c.rank)
		if err != nil {
			return err
		}
		if ok {
			return &TakenError{"aliases", c.text}
		}
		h.All = slices.Delete(h.All, i, i+1)
	}
	return nil
}

// release has an alias record no longer say that a device has a text, unless the
// device has it again.
func (f *Fleet) release(ctx context.Context, tenant, id string, c claim) error {
	if n, ok := c.number(); ok {
		if err := f.leavePage(ctx, tenant, id, n); err != nil {
			return err
		}
	}
	err := f.c.Catalog.Update(ctx, kindAlias, c.record(tenant), func(value []byte) ([]byte, error) {
		h, gone := parseHolders(value), c.holder(id)
		if !slices.Contains(h.All, gone) {
			return nil, errSame
		}
		_, ok, err := f.called(ctx, tenant, gone, c.rank)
		switch {
		case err != nil:
			return nil, err
		case ok:
			return nil, errSame
		}
		h.All = slices.DeleteFunc(h.All, func(x holder) bool { return x == gone })
		return h.value()
	})
	if errors.Is(err, errSame) {
		return nil
	}
	return err
}

// releaseAll releases claims. What is cut off here is free nevertheless.
func (f *Fleet) releaseAll(ctx context.Context, tenant, id string, list []claim) error {
	for _, c := range list {
		if err := f.release(ctx, tenant, id, c); err != nil {
			return fmt.Errorf("free an alias of device %s: %w", id, err)
		}
	}
	return nil
}

// without are the claims of a list that another one does not have.
func without(list, other []claim) []claim {
	return slices.DeleteFunc(slices.Clone(list), func(c claim) bool { return slices.Contains(other, c) })
}

package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
)

// Devices that are created together are called by their numbers in one record for many
// of them, a page, and not in an alias record each: of very many, those would be a third
// of what their creation stores. Like an alias record a page is written before the
// records of its devices, and counts only where a device says the same.

// pageDevices is how many devices a page has at most, so that it is quick to read.
const pageDevices = 128

// A page has the numbers that differ in the last pageBits only, so that a number tells
// its page. Numbers of pages have the bit above set, other new ones have not: so
// nobody who makes a number has to look whether the other kind of record has it.
const (
	pageBits   = 30
	pageSpread = 1 << pageBits
	pageStep   = 2 * pageSpread // from a page's numbers to the next
)

// page is the numbers of devices that were created together.
type page struct {
	From    int64    `json:"from"` // of all numbers that the page can have, the least
	IDs     []string `json:"ids"`
	Numbers []int64  `json:"numbers"` // of the devices, less From
}

// pageOf is the least number of the page that has a number, if one can have it.
func pageOf(n int64) (from int64, ok bool) {
	return n &^ (pageSpread - 1), n&pageSpread != 0
}

// pageRecord is the id of a page's alias record.
func pageRecord(tenant string, from int64) string {
	return url.PathEscape(tenant) + "/b/" + digits(from)
}

// parsePage reads a page. One that makes no sense is empty.
func parsePage(value []byte) page {
	var p page
	if json.Unmarshal(value, &p) != nil || len(p.IDs) != len(p.Numbers) {
		return page{}
	}
	return p
}

// value is the record of p; nil where nothing is left of it.
func (p page) value() ([]byte, error) {
	if len(p.IDs) == 0 {
		return nil, nil
	}
	return json.Marshal(p)
}

// appendPage adds what value answers of a page that has devices. Of very many it is
// quicker.
func appendPage(dst []byte, p page) ([]byte, error) {
	if slices.ContainsFunc(p.IDs, func(id string) bool { return !plainText(id) }) {
		value, err := p.value()
		return append(dst, value...), err
	}
	dst = strconv.AppendInt(append(dst, `{"from":`...), p.From, 10)
	dst = append(dst, `,"ids":`...)
	for i, id := range p.IDs {
		dst = append(append(append(dst, opening(i), '"'), id...), '"')
	}
	dst = append(dst, `],"numbers":`...)
	for i, n := range p.Numbers {
		dst = strconv.AppendInt(append(dst, opening(i)), n, 10)
	}
	return append(dst, ']', '}'), nil
}

// opening is what stands before an element of a list in JSON.
func opening(i int) byte {
	if i == 0 {
		return '['
	}
	return ','
}

// find is where in a page a number stands, less than 0 for nowhere.
func (p page) find(n int64) int { return slices.Index(p.Numbers, n-p.From) }

// holderOn is the device that a page's record says has a number. Where the record has
// what appendPage writes, and no id that JSON writes otherwise than it is, it is read
// no further than to the number: that takes a fifteenth of what all of it takes.
func holderOn(value []byte, n int64) (id string, ok bool) {
	from, _ := pageOf(n)
	rest, plain := bytes.CutPrefix(value, fmt.Appendf(nil, `{"from":%d,"ids":["`, from))
	ids, numbers, listed := bytes.Cut(rest, []byte(`"],"numbers":[`))
	if numbers, ok = bytes.CutSuffix(numbers, []byte("]}")); !ok || !plain || !listed || bytes.IndexByte(ids, '\\') >= 0 {
		p := parsePage(value)
		if i := p.find(n); i >= 0 {
			return p.IDs[i], true
		}
		return "", false
	}
	wanted := strconv.AppendInt(nil, n-from, 10)
	for more := true; more; {
		var number, holder []byte
		number, numbers, more = bytes.Cut(numbers, []byte(","))
		holder, ids, _ = bytes.Cut(ids, []byte(`","`))
		if bytes.Equal(number, wanted) {
			return string(holder), true
		}
	}
	return "", false
}

// numbered is who has a number, as the records of numbers say.
func (l Lookup) numbered(ctx context.Context, tenant string, n int64) (holders, error) {
	c := claim{byNumber, digits(n)}
	if from, ok := pageOf(n); ok {
		r, err := l.record(ctx, kindAlias, pageRecord(tenant, from))
		if err != nil {
			return holders{}, err
		}
		if id, ok := holderOn(r.Value, n); ok {
			return holders{All: []holder{c.holder(id)}}, nil
		}
	}
	return l.holding(ctx, tenant, c)
}

// onPage tells whether a page says that a device has a number.
func (f *Fleet) onPage(ctx context.Context, tenant, id string, n int64) (bool, error) {
	from, ok := pageOf(n)
	if !ok {
		return false, nil
	}
	r, err := f.c.Catalog.Record(ctx, kindAlias, pageRecord(tenant, from))
	is, ok := holderOn(r.Value, n)
	return ok && is == id, err
}

// leavePage has a page no longer say that a device has a number, unless the device
// says so itself.
func (f *Fleet) leavePage(ctx context.Context, tenant, id string, n int64) error {
	from, ok := pageOf(n)
	if !ok {
		return nil
	}
	err := f.c.Catalog.Update(ctx, kindAlias, pageRecord(tenant, from), func(value []byte) ([]byte, error) {
		p := parsePage(value)
		i := p.find(n)
		if i < 0 || p.IDs[i] != id {
			return nil, errSame
		}
		_, called, err := f.called(ctx, tenant, claim{byNumber, digits(n)}.holder(id), byNumber)
		switch {
		case err != nil:
			return nil, err
		case called:
			return nil, errSame
		}
		p.IDs, p.Numbers = slices.Delete(p.IDs, i, i+1), slices.Delete(p.Numbers, i, i+1)
		return p.value()
	})
	if errors.Is(err, errSame) {
		return nil
	}
	return err
}

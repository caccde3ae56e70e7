package kairosdb

import (
	"bytes"
	"context"
)

// plainObject is a metric object that is written plainly, as nearly all are: a
// name, tags, and a time and value or data points, each once, without escapes.
type plainObject struct {
	seen       memberSet
	name, tags []byte // as they were sent, the name without its quotes
	at         int64
	value      plainValue
	number     number // of value
	text       []byte // of value
	ttl        int64
	double     bool // the type is double
	long       bool // the type is long
}

// memberSet is a set of the members of a metric object.
type memberSet uint8

// The members that a plain object may have.
const (
	memberName memberSet = 1 << iota
	memberTags
	memberTime
	memberValue
	memberPoints
	memberTTL
	memberType
	memberOther memberSet = 0
)

// plainValue says what a plain value is.
type plainValue uint8

// The plain values.
const (
	plainLong plainValue = iota
	plainDouble
	plainString
)

// memberOf is the member of a name.
func (d dialect) memberOf(name []byte) memberSet {
	if d == openTSDB {
		return memberOfPut(name)
	}
	switch string(name) {
	case "name":
		return memberName
	case "tags":
		return memberTags
	case "timestamp":
		return memberTime
	case "value":
		return memberValue
	case "datapoints":
		return memberPoints
	case "ttl":
		return memberTTL
	case "type":
		return memberType
	}
	return memberOther
}

// plainObjects reads and stores metric objects from the window for as long as
// they are written plainly. It leaves the window behind the last of them.
func (p *ingestParser) plainObjects(ctx context.Context) error {
	w := &p.window
	for {
		next := p.scanElement(w.pos)
		if next < 0 {
			if w.end-w.pos < w.size()*3/4 && w.more() {
				continue
			}
			return nil
		}
		if present, err := p.storeAgain(ctx, next); err != nil {
			return err
		} else if !present {
			continue
		}
		plain, err := p.publishPlainObject(ctx)
		if err != nil || !plain {
			return err
		}
		w.pos = next
		p.count++
	}
}

// scanElement reads a plain object and the comma before it, and tells where it
// ends.
func (p *ingestParser) scanElement(i int) int {
	b := p.window.buf
	p.scanned = false
	i = blank(b, i)
	if p.count > 0 {
		if b[i] != ',' {
			return -1
		}
		i = blank(b, i+1)
	}
	if b[i] != '{' {
		return -1
	}
	p.plain, p.scanned = plainObject{}, true
	if !p.object.rows.empty() {
		p.object.rows.reset()
	}
	for {
		if i = p.scanMember(blank(b, i+1)); i < 0 {
			return -1
		}
		switch b[i] {
		case ',':
		case '}':
			return i + 1
		default:
			return -1
		}
	}
}

// scanMember reads a member and the blanks behind it.
func (p *ingestParser) scanMember(i int) int {
	b, end := p.window.buf, p.window.end
	member, i := p.dialect.scanHead(b, i)
	if member == memberOther || p.plain.seen&member != 0 {
		return -1
	}
	p.plain.seen |= member
	if i = p.scanMemberValue(b, i, end, member); i < 0 {
		return -1
	}
	return blank(b, i)
}

// scanMemberValue reads the value of a member.
func (p *ingestParser) scanMemberValue(b []byte, i, end int, member memberSet) (next int) {
	o := &p.plain
	switch member {
	case memberName:
		o.name, next = scanText(b, i, end)
	case memberTags:
		o.tags, next = scanBraces(b, i, end)
	case memberTime:
		o.at, next = scanWhole(b, i)
		o.at = p.dialect.millis(o.at)
	case memberTTL:
		if o.ttl, next = scanWhole(b, i); o.ttl != int64(int32(o.ttl)) {
			return -1
		}
	case memberValue:
		next = o.scanValue(b, i, end)
	case memberType:
		var kind []byte
		kind, next = scanText(b, i, end)
		if o.long, o.double = string(kind) == "long", string(kind) == "double"; !o.long && !o.double {
			return -1
		}
	case memberPoints:
		if b[i] != '[' {
			return -1
		}
		next, _ = scanRows(b, i+1, true, &p.object.rows)
		if next = blank(b, next); b[next] != ']' {
			return -1
		}
		next++
	}
	return next
}

// scanBraces reads up to the next closing brace. What stands between is checked
// when the series is not known by it.
func scanBraces(b []byte, i, end int) (text []byte, next int) {
	if b[i] != '{' || i >= end {
		return nil, -1
	}
	n := bytes.IndexByte(b[i:end], '}')
	if n < 0 {
		return nil, -1
	}
	return b[i : i+n+1], i + n + 1
}

// scanValue reads the single value.
func (o *plainObject) scanValue(b []byte, i, end int) (next int) {
	switch b[i] {
	case '"':
		o.value = plainString
		o.text, next = scanText(b, i, end)
		return next
	case 't', 'f':
		o.value = plainString
		o.text, next = scanBoolean(b, i)
		return next
	}
	o.number, next = scanNumber(b, i)
	if o.number.kind == rowDouble {
		o.value = plainDouble
	}
	return next
}

// scanBoolean reads a boolean, which KairosDB stores as a text.
func scanBoolean(b []byte, i int) (text []byte, next int) {
	n := len("true")
	if b[i] == 'f' {
		n = len("false")
	}
	if text = b[i : i+n]; string(text) != "true" && string(text) != "false" {
		return nil, -1
	}
	return text, i + n
}

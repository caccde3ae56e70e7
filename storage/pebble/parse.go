package pebble

import (
	"encoding/binary"
	"fmt"
	"strings"

	"aion/storage/points"
)

// parseKey reads what points.Key.Append wrote. The parts of the key share one
// text.
func parseKey(b []byte) (points.Key, error) {
	s := string(b)
	var parts [2]string
	var k points.Key
	for i := 0; s != ""; i++ {
		n, size := binary.Uvarint([]byte(s[:min(len(s), binary.MaxVarintLen64)]))
		if size <= 0 || n > uint64(len(s)-size) {
			return points.Key{}, damagedKey()
		}
		parts[i%2], s = s[size:size+int(n)], s[size+int(n):]
		switch {
		case i == 1:
			k.Metric, k.Type = parts[0], parts[1]
			k.Tags = make(points.Tags, 0, 3)
		case i%2 == 1:
			k.Tags = append(k.Tags, points.Tag{Name: parts[0], Value: parts[1]})
		case s == "":
			return points.Key{}, damagedKey()
		}
	}
	return k, nil
}

// damagedKey is the error of a key that cannot be read.
func damagedKey() error { return fmt.Errorf("parse key of a series: %w", points.ErrCorrupt) }

// keyParser reads many keys, one after the other. What a key has in common with the one before, which is
// mostly all but the values of its tags, is the same text in memory.
type keyParser struct {
	last   points.Key
	values []byte // of the tags, one behind the other
	ends   []int  // of each of them
	names  points.Tags

	joined bool // tags and values of many keys stand side by side in memory: they are let go of together
	room   points.Tags
	texts  *strings.Builder
}

// parse reads what points.Key.Append wrote.
func (p *keyParser) parse(b []byte) (points.Key, error) {
	metric, b, ok := cutPart(b)
	kind, b, typed := cutPart(b)
	p.values, p.ends, p.names = p.values[:0], p.ends[:0], p.names[:0]
	for ok = ok && typed; ok && len(b) != 0; {
		var name, value []byte
		if name, b, ok = cutPart(b); !ok {
			break
		}
		if value, b, ok = cutPart(b); !ok {
			break
		}
		p.note(name, value)
	}
	if !ok {
		return points.Key{}, damagedKey()
	}
	p.last = points.Key{Metric: same(p.last.Metric, metric), Type: same(p.last.Type, kind), Tags: p.tags()}
	return p.last, nil
}

// note takes in a tag.
func (p *keyParser) note(name, value []byte) {
	before := ""
	if i := len(p.names); i < len(p.last.Tags) {
		before = p.last.Tags[i].Name
	}
	p.names = append(p.names, points.Tag{Name: same(before, name)})
	p.values = append(p.values, value...)
	p.ends = append(p.ends, len(p.values))
}

// tags makes the tags that have been noted. Their values share one text.
func (p *keyParser) tags() points.Tags {
	tags, values, from := p.takeTags(len(p.names)), p.text(), 0
	for i, to := range p.ends {
		tags[i] = points.Tag{Name: p.names[i].Name, Value: values[from:to]}
		from = to
	}
	return tags
}

// togetherTags and togetherBytes are how many tags, and bytes of their values, of
// joined keys stand side by side.
const (
	togetherTags  = 256
	togetherBytes = 4096
)

// takeTags is memory for n tags.
func (p *keyParser) takeTags(n int) points.Tags {
	if !p.joined {
		return make(points.Tags, n)
	}
	if len(p.room) < n {
		p.room = make(points.Tags, max(n, togetherTags))
	}
	tags := p.room[:n:n]
	p.room = p.room[n:]
	return tags
}

// text is the values that have been noted.
func (p *keyParser) text() string {
	if !p.joined {
		return string(p.values)
	}
	if p.texts == nil || p.texts.Len()+len(p.values) > p.texts.Cap() {
		p.texts = new(strings.Builder)
		p.texts.Grow(max(len(p.values), togetherBytes))
	}
	from := p.texts.Len()
	p.texts.Write(p.values)
	return p.texts.String()[from:]
}

// same is b as a text: that of before, if it is the same.
func same(before string, b []byte) string {
	if before == string(b) {
		return before
	}
	return string(b)
}

// cutPart cuts a part of a key off, which stands behind its length.
func cutPart(b []byte) (part, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, false
	}
	b = b[size:]
	return b[:n], b[n:], true
}

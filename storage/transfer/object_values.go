package transfer

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"aion/storage/points"
)

// tags reads an object of texts.
func (p *objects) tags() (points.Tags, error) {
	if err := p.s.take('{'); err != nil {
		return nil, err
	}
	var tags points.Tags
	for first := true; ; first = false {
		more, err := p.s.more('}', first)
		if err != nil {
			return nil, err
		}
		if !more {
			return sorted(tags)
		}
		name, err := p.s.text()
		if err != nil {
			return nil, err
		}
		if err := p.s.take(':'); err != nil {
			return nil, err
		}
		v, err := p.value()
		if err != nil || v.object || !v.quoted && v.text == "null" {
			return nil, errors.Join(err, malformed("the tag %.40q has no value", name))
		}
		tags = append(tags, points.Tag{Name: name, Value: v.text})
	}
}

// sorted is the tags in order. Each has a name that no other has, and a value.
func sorted(tags points.Tags) (points.Tags, error) {
	tags.Sort()
	for i := range tags {
		switch {
		case tags[i].Name == "" || tags[i].Value == "":
			return nil, malformed("the tag %.40q has no name or value", tags[i].Name+"="+tags[i].Value)
		case i > 0 && tags[i].Name == tags[i-1].Name:
			return nil, malformed("the tag %.40q is there twice", tags[i].Name)
		}
	}
	return tags, nil
}

// ttl reads a life in seconds.
func (p *objects) ttl() (time.Duration, error) {
	v, err := p.value()
	if err != nil {
		return 0, err
	}
	return life(v.text)
}

// life is a number of seconds; 0 is the store's default.
func life(text string) (time.Duration, error) {
	const most = int64(1<<63-1) / int64(time.Second)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most {
		return 0, malformed("the ttl %.40q is no number of seconds", text)
	}
	return time.Duration(n) * time.Second, nil
}

// time reads a time in milliseconds.
func (p *objects) time() (int64, error) {
	v, err := p.value()
	if err != nil {
		return 0, err
	}
	at, err := strconv.ParseInt(v.text, 10, 64)
	if err != nil || v.object {
		return 0, errNoTime
	}
	return at, nil
}

// value reads a text, a word or a complex number.
func (p *objects) value() (v value, err error) {
	c, ok := p.s.peek()
	switch {
	case !ok:
		return v, p.s.cut()
	case c == '"':
		v.quoted = true
		v.text, err = p.s.text()
	case c == '{':
		return p.complex()
	default:
		var word []byte
		word, err = p.s.word()
		v.text = strings.ToValidUTF8(string(word), "\ufffd")
	}
	return v, err
}

// complex reads an object with a real and an imaginary part.
func (p *objects) complex() (v value, err error) {
	v = value{object: true}
	if err := p.s.take('{'); err != nil {
		return v, err
	}
	for first := true; ; first = false {
		more, err := p.s.more('}', first)
		if !more || err != nil {
			return v, err
		}
		name, err := p.s.text()
		if err != nil {
			return v, err
		}
		if err := p.s.take(':'); err != nil {
			return v, err
		}
		word, err := p.s.word()
		if err != nil {
			return v, err
		}
		part, err := double(string(word))
		if err != nil {
			return v, err
		}
		switch strings.ToLower(name) {
		case "real":
			v.real = part
		case "imaginary":
			v.imag = part
		}
	}
}

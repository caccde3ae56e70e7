package gson

import (
	"math"
	"strconv"
)

// BeginArray takes the beginning of an array.
func (r *Reader) BeginArray() error { return r.enter(peekedBeginArray, BeginArray, emptyArray) }

// BeginObject takes the beginning of an object.
func (r *Reader) BeginObject() error { return r.enter(peekedBeginObject, BeginObject, emptyObject) }

// EndArray takes the end of an array.
func (r *Reader) EndArray() error { return r.leave(peekedEndArray, EndArray) }

// EndObject takes the end of an object.
func (r *Reader) EndObject() error { return r.leave(peekedEndObject, EndObject) }

// enter takes the token that begins a scope.
func (r *Reader) enter(want peeked, t Token, s scope) error {
	if err := r.expect(want, t.String()); err != nil {
		return err
	}
	r.peeked = nothing
	return r.push(s)
}

// leave takes the token that ends the innermost scope.
func (r *Reader) leave(want peeked, t Token) error {
	if err := r.expect(want, t.String()); err != nil {
		return err
	}
	r.pop()
	r.taken()
	return nil
}

// expect is an error unless that comes next.
func (r *Reader) expect(want peeked, what string) error {
	p, err := r.look()
	if err == nil && p != want {
		err = r.unexpected(what, p)
	}
	return err
}

// unexpected is the error for a token that is not the one asked for.
func (r *Reader) unexpected(what string, was peeked) error {
	return r.fail(State, "Expected "+what+" but was "+was.token().String())
}

// taken notes that a value has been read.
func (r *Reader) taken() {
	r.peeked = nothing
	r.top().index++
}

// HasNext tells whether the array or object goes on.
func (r *Reader) HasNext() (bool, error) {
	p, err := r.look()
	return err == nil && p != peekedEndObject && p != peekedEndArray && p != peekedEnd, err
}

// NextName takes the name of a member.
func (r *Reader) NextName() (string, error) {
	p, err := r.look()
	if err != nil {
		return "", err
	}
	if p.token() != Name {
		return "", r.unexpected("a name", p)
	}
	name, err := r.take(p)
	if err != nil {
		return "", err
	}
	r.peeked = nothing
	top := r.top()
	top.name = name
	return name, nil
}

// PromoteName makes the coming name a text to be read by NextString, as Gson
// does for the keys of maps; the path does not show it then.
func (r *Reader) PromoteName() error {
	p, err := r.look()
	if err != nil {
		return err
	}
	switch p {
	case peekedDoubleName:
		r.peeked = peekedDouble
	case peekedSingleName:
		r.peeked = peekedSingle
	case peekedBareName:
		r.peeked = peekedBare
	default:
		return r.unexpected("a name", p)
	}
	return nil
}

// take reads the text of a name, text or number.
func (r *Reader) take(p peeked) (string, error) {
	switch p {
	case peekedDouble, peekedDoubleName:
		return r.quoted('"')
	case peekedSingle, peekedSingleName:
		return r.quoted('\'')
	case peekedBare, peekedBareName:
		return r.bareText()
	case peekedLong:
		var digits [20]byte
		return r.valid(strconv.AppendInt(digits[:0], r.long, 10)), nil
	case peekedNumber:
		text := r.valid(r.buf[r.pos : r.pos+r.digits])
		r.pos += r.digits
		return text, nil
	}
	return r.text, nil
}

// NextString takes a text, or a number as it is written.
func (r *Reader) NextString() (string, error) {
	p, err := r.look()
	if err != nil {
		return "", err
	}
	if t := p.token(); t != String && t != Number {
		return "", r.unexpected("a string", p)
	}
	text, err := r.take(p)
	if err != nil {
		return "", err
	}
	r.taken()
	return text, nil
}

// NextBoolean takes true or false.
func (r *Reader) NextBoolean() (bool, error) {
	p, err := r.look()
	if err != nil {
		return false, err
	}
	if p != peekedTrue && p != peekedFalse {
		return false, r.unexpected("a boolean", p)
	}
	r.taken()
	return p == peekedTrue, nil
}

// NextNull takes a null.
func (r *Reader) NextNull() error {
	if err := r.expect(peekedNull, "null"); err != nil {
		return err
	}
	r.taken()
	return nil
}

// NextLong takes a whole number of 64 bits, however it is written, or a text
// that holds one.
func (r *Reader) NextLong() (int64, error) { return r.nextInteger("a long", 64) }

// NextInt takes a whole number of 32 bits, however it is written, or a text
// that holds one.
func (r *Reader) NextInt() (int32, error) {
	v, err := r.nextInteger("an int", 32)
	return int32(v), err
}

// nextInteger takes a whole number of that many bits; what names it in errors.
func (r *Reader) nextInteger(what string, bits int) (int64, error) {
	if p, err := r.look(); err == nil && p == peekedBare && r.o.Old {
		return 0, r.unexpected(what, p)
	}
	if err := r.buffer(what); err != nil {
		return 0, err
	}
	if r.peeked == peekedLong {
		if bits == 32 && int64(int32(r.long)) != r.long {
			return 0, r.fail(NumberText, "Expected "+what+" but was "+strconv.FormatInt(r.long, 10))
		}
		r.taken()
		return r.long, nil
	}
	v, err := parseInteger(r.text, bits)
	if err != nil {
		var d float64
		if d, err = parseDouble(r.text); err != nil {
			return 0, err
		}
		var ok bool
		if v, ok = exact(d, bits); !ok {
			return 0, r.fail(NumberText, "Expected "+what+" but was "+r.text)
		}
	}
	r.taken()
	return v, nil
}

// exact is a double as an integer, if Java's cast there and back gives the same
// double.
func exact(d float64, bits int) (int64, bool) {
	limit := math.Ldexp(1, bits-1)
	switch {
	case d == limit && bits == 64:
		return math.MaxInt64, true
	case d >= -limit && d < limit:
		return int64(d), float64(int64(d)) == d
	}
	return 0, false
}

// buffer keeps the text of the coming number or text, so that it can be read
// again where it does not fit.
func (r *Reader) buffer(what string) error {
	p, err := r.look()
	if err != nil || p == peekedLong || p == peekedBuffered {
		return err
	}
	if t := p.token(); t != String && t != Number {
		return r.unexpected(what, p)
	}
	text, err := r.take(p)
	if err != nil {
		return err
	}
	r.text, r.peeked = text, peekedBuffered
	return nil
}

// SkipValue reads over a value, or over the name of a member.
func (r *Reader) SkipValue() error {
	for depth := 0; ; {
		p, err := r.look()
		if err == nil {
			depth, err = r.skipToken(p, depth)
		}
		if err != nil {
			return err
		}
		r.peeked = nothing
		if depth <= 0 {
			break
		}
	}
	top := r.top()
	top.index++
	top.name = "null"
	return nil
}

// skipToken takes one token and tells how deep the reader then is.
func (r *Reader) skipToken(p peeked, depth int) (int, error) {
	switch p {
	case peekedBeginArray:
		return depth + 1, r.push(emptyArray)
	case peekedBeginObject:
		return depth + 1, r.push(emptyObject)
	case peekedEndArray, peekedEndObject:
		r.pop()
		return depth - 1, nil
	case peekedTrue, peekedFalse, peekedNull, peekedLong, peekedEnd:
		return depth, nil
	}
	_, err := r.take(p)
	return depth, err
}

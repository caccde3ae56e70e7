package gson

import "bytes"

// Peek tells which token comes next without taking it.
func (r *Reader) Peek() (Token, error) {
	p, err := r.look()
	return p.token(), err
}

// token is the kind of what was peeked.
func (p peeked) token() Token {
	switch p {
	case peekedBeginObject:
		return BeginObject
	case peekedEndObject:
		return EndObject
	case peekedBeginArray:
		return BeginArray
	case peekedEndArray:
		return EndArray
	case peekedTrue, peekedFalse:
		return Boolean
	case peekedNull:
		return Null
	case peekedSingleName, peekedDoubleName, peekedBareName:
		return Name
	case peekedLong, peekedNumber:
		return Number
	case peekedEnd:
		return EndDocument
	}
	return String
}

// look peeks unless that has been done.
func (r *Reader) look() (peeked, error) {
	if r.peeked != nothing {
		return r.peeked, nil
	}
	p, err := r.next()
	if err != nil {
		return nothing, err
	}
	r.peeked = p
	return p, nil
}

// next reads up to and, if it is punctuation, over the next token.
func (r *Reader) next() (peeked, error) {
	top := r.top()
	was := top.scope
	var p peeked
	var err error
	switch was {
	case emptyArray:
		top.scope = fullArray
	case fullArray:
		p, err = r.afterElement()
	case emptyObject, fullObject:
		top.scope = danglingName
		return r.name(was == fullObject)
	case danglingName:
		top.scope = fullObject
		err = r.colon()
	case emptyDocument:
		err = r.begin()
		top.scope = fullDocument
	case fullDocument:
		p, err = r.afterDocument()
	}
	if p != nothing || err != nil {
		return p, err
	}
	return r.value(was)
}

// begin passes over a byte order mark and, when lenient, over the prefix that
// keeps a text from being run as a script.
func (r *Reader) begin() error {
	if r.line == 1 && r.Column() == 1 && r.fill(3) && bytes.HasPrefix(r.buf[r.pos:], []byte("\ufeff")) {
		r.pos += 3
		r.lineAt = r.pos
	}
	if !r.o.Lenient {
		return nil
	}
	if _, err := r.significant(); err != nil {
		return err
	}
	r.pos--
	if prefix := []byte(")]}'\n"); r.fill(len(prefix)) && bytes.HasPrefix(r.buf[r.pos:], prefix) {
		r.pos += len(prefix)
	}
	return nil
}

// afterElement reads what separates the elements of an array, or its end.
func (r *Reader) afterElement() (peeked, error) {
	return r.after(']', peekedEndArray, "Unterminated array")
}

// after reads a separator, which is nothing, or the end of a scope.
func (r *Reader) after(end byte, ended peeked, otherwise string) (peeked, error) {
	c, err := r.significant()
	if err != nil {
		return nothing, err
	}
	switch c {
	case end:
		return ended, nil
	case ';':
		return nothing, r.needLenient()
	case ',':
		return nothing, nil
	}
	return nothing, r.malformed(otherwise)
}

// afterDocument finds the end, or another value where that is allowed.
func (r *Reader) afterDocument() (peeked, error) {
	_, ok, err := r.skipBlank()
	if err != nil {
		return nothing, err
	}
	if !ok {
		return peekedEnd, nil
	}
	if err := r.needLenient(); err != nil {
		return nothing, err
	}
	r.pos--
	return nothing, nil
}

// name looks for the name of a member, after a separator if it is not the
// first, or for the end of the object.
func (r *Reader) name(more bool) (peeked, error) {
	if more {
		if p, err := r.afterMember(); p != nothing || err != nil {
			return p, err
		}
	}
	c, err := r.significant()
	if err != nil {
		return nothing, err
	}
	switch c {
	case '"':
		return peekedDoubleName, nil
	case '\'':
		return peekedSingleName, r.needLenient()
	case '}':
		if more {
			return nothing, r.malformed("Expected name")
		}
		return peekedEndObject, nil
	}
	if err := r.needLenient(); err != nil {
		return nothing, err
	}
	r.pos--
	if ok, err := r.literal(c); !ok || err != nil {
		return nothing, r.malformed("Expected name")
	}
	return peekedBareName, nil
}

// afterMember reads what separates the members of an object, or its end.
func (r *Reader) afterMember() (peeked, error) {
	return r.after('}', peekedEndObject, "Unterminated object")
}

// colon reads what stands between a name and its value.
func (r *Reader) colon() error {
	c, err := r.significant()
	if err != nil {
		return err
	}
	switch c {
	case ':':
		return nil
	case '=':
		if err := r.needLenient(); err != nil {
			return err
		}
		if r.fill(1) && r.buf[r.pos] == '>' {
			r.pos++
		}
		return nil
	}
	return r.malformed("Expected ':'")
}

// value looks for a value in a frame that was in that scope.
func (r *Reader) value(was scope) (peeked, error) {
	c, err := r.significant()
	if err != nil {
		return nothing, err
	}
	switch c {
	case ']', ';', ',':
		return r.absent(was, c)
	case '\'':
		return peekedSingle, r.needLenient()
	case '"':
		return peekedDouble, r.outermost()
	case '[':
		return peekedBeginArray, nil
	case '{':
		return peekedBeginObject, nil
	}
	r.pos--
	if err := r.outermost(); err != nil {
		return nothing, err
	}
	return r.bare()
}

// outermost is an error where old gson wants leniency for a text that is
// neither array nor object.
func (r *Reader) outermost() error {
	if r.o.Old && len(r.stack) == 1 {
		return r.needLenient()
	}
	return nil
}

// absent answers for a place in an array that has no value: the end of an empty
// one, or a null.
func (r *Reader) absent(was scope, c byte) (peeked, error) {
	if c == ']' && was == emptyArray {
		return peekedEndArray, nil
	}
	if was != emptyArray && was != fullArray {
		return nothing, r.malformed("Unexpected value")
	}
	if err := r.needLenient(); err != nil {
		return nothing, err
	}
	r.pos--
	r.open = c == ']'
	return peekedNull, nil
}

// bare looks at a keyword, a number or a text without quotes.
func (r *Reader) bare() (peeked, error) {
	if p, err := r.keyword(); p != nothing || err != nil {
		return p, err
	}
	if p, err := r.number(); p != nothing || err != nil {
		return p, err
	}
	ok, err := r.literal(r.buf[r.pos])
	if err != nil {
		return nothing, err
	}
	if !ok {
		return nothing, r.malformed("Expected value")
	}
	return peekedBare, r.needLenient()
}

// keyword reads true, false or null, in either case letter by letter.
func (r *Reader) keyword() (peeked, error) {
	var word string
	var p peeked
	switch r.buf[r.pos] {
	case 't', 'T':
		word, p = "true", peekedTrue
	case 'f', 'F':
		word, p = "false", peekedFalse
	case 'n', 'N':
		word, p = "null", peekedNull
	default:
		return nothing, nil
	}
	for i := range len(word) {
		if !r.fill(i+1) || r.buf[r.pos+i]|0x20 != word[i] {
			return nothing, nil
		}
	}
	if r.fill(len(word) + 1) {
		if ok, err := r.literal(r.buf[r.pos+len(word)]); ok || err != nil {
			return nothing, err
		}
	}
	r.pos += len(word)
	return p, nil
}

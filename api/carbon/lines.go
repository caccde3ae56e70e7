package carbon

import (
	"bytes"
	"math"
	"strings"

	"aion/api/stream"
)

// lines reads Carbon's lines.
type lines struct{ *names }

// Take takes a line.
func (l *lines) Take(line []byte, peer *stream.Peer) {
	if err := l.line(stream.Trim(line)); err != nil {
		peer.Refuse(stream.Trim(line), err)
	}
}

// line stores what a line says, or tells why not. Problems come in the order in
// which the plugin finds them.
func (l *lines) line(line []byte) error {
	var words [3][]byte
	count := 0
	for rest, ok := line, true; count < len(words); count++ {
		if words[count], rest, ok = stream.Word(rest); !ok {
			break
		}
	}
	if count == 0 {
		return stream.Refusal("Index 0 out of bounds for length 0")
	}
	path, value := words[0], words[1]
	s, err := l.find(path, stream.Text)
	if err != nil {
		return err
	}
	if count < 3 {
		return stream.Refusal("Index 2 out of bounds for length %d", count)
	}
	at, err := seconds(words[2])
	if err != nil {
		return err
	}
	v, err := number(value)
	switch {
	case strings.EqualFold(string(value), "NaN"):
		return stream.Refusal("Metric %s has a value of 'NaN'.  Not sending to Kairos", stream.Text(path))
	case err != nil && strings.Contains(strings.ToLower(string(value)), "infinity") || err == nil && math.IsInf(v.Double, 0):
		return notFinite(stream.Text(path))
	case err != nil:
		return err
	case v.IsLong:
		l.long(s, at, v.Long)
		return nil
	}
	return l.double(s, at, v.Double)
}

// notFinite is the plugin's word for infinity.
func notFinite(path string) error {
	return stream.Refusal("Metric %s has a value of Infinity/-Infinity.  Not sending to Kairos", path)
}

// number reads a value: a double if it has a point or an exponent.
func number(word []byte) (stream.Number, error) {
	v, err := stream.ParseNumber(bytes.TrimPrefix(word, []byte{'+'}))
	if err != nil {
		return v, stream.Refusal("For input string: \"%s\"", stream.Text(word))
	}
	return v, nil
}

// seconds reads a time in seconds, of which a fraction is cut off as Carbon does
// it, and makes milliseconds of it.
func seconds(word []byte) (int64, error) {
	v, err := number(word)
	if err != nil {
		return 0, err
	}
	if !v.IsLong {
		return millis(v.Double, stream.Text(word))
	}
	if v.Long > math.MaxInt64/1000 || v.Long < math.MinInt64/1000 {
		return 0, outOfRange(stream.Text(word))
	}
	return v.Long * 1000, nil
}

// millis makes milliseconds of the whole seconds of a time.
func millis(s float64, word string) (int64, error) {
	if !(math.Abs(s) < math.MaxInt64/1000) {
		return 0, outOfRange(word)
	}
	return int64(s) * 1000, nil
}

// outOfRange says that there is no such time.
func outOfRange(word string) error { return stream.Refusal("%s is no time in seconds", word) }

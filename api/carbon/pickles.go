package carbon

import (
	"bytes"
	"math"
	"math/big"

	pickle "github.com/kisielk/og-rek"

	"aion/api/stream"
)

// pickles reads Carbon's pickles.
type pickles struct{ *names }

// Take takes a pickle. What one of its points lacks does not hold up the others.
func (p *pickles) Take(message []byte, peer *stream.Peer) {
	list, err := unpickle(message)
	if err != nil {
		peer.Refuse(nil, err)
	}
	for _, one := range list {
		path, err := p.point(one)
		if err != nil {
			peer.Refuse([]byte(path), err)
		}
	}
}

// unpickle is the list that a pickle is.
func unpickle(message []byte) ([]any, error) {
	v, err := pickle.NewDecoder(bytes.NewReader(message)).Decode()
	if err != nil {
		return nil, stream.Refusal("Error processing pickle: %v", err)
	}
	list, ok := sequence(v)
	if !ok {
		return nil, stream.Refusal("Error processing pickle: it is no list")
	}
	return list, nil
}

// sequence is a list or tuple.
func sequence(v any) ([]any, bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case pickle.Tuple:
		return v, true
	}
	return nil, false
}

// errShape is why something in a pickle is no point.
var errShape = stream.Refusal("a point is (path, (time, value))")

// point stores one point, or tells why not, and the path as far as it is known.
func (p *pickles) point(v any) (path string, err error) {
	pair, ok := sequence(v)
	if !ok || len(pair) != 2 {
		return "", errShape
	}
	path, named := text(pair[0])
	inner, ok := sequence(pair[1])
	if !named || !ok || len(inner) != 2 {
		return path, errShape
	}
	if len(path) > MaxLine {
		return "", stream.Refusal("a path of %d bytes is too long", len(path))
	}
	s, err := p.find([]byte(path), func([]byte) string { return stream.Text([]byte(path)) })
	if err != nil {
		return path, err
	}
	at, err := pickledTime(inner[0])
	if err != nil {
		return path, err
	}
	n, err := pickledNumber(inner[1])
	switch {
	case err != nil:
		return path, err
	case n.IsLong:
		p.long(s, at, n.Long)
		return path, nil
	case math.IsInf(n.Double, 0):
		return path, notFinite(path)
	case math.IsNaN(n.Double):
		return path, stream.Refusal("Metric %s has a value of 'NaN'.  Not sending to Kairos", path)
	}
	return path, p.double(s, at, n.Double)
}

// text is a string of either Python.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case pickle.ByteString:
		return string(v), true
	case pickle.Bytes:
		return string(v), true
	}
	return "", false
}

// pickledTime is a time in seconds as milliseconds.
func pickledTime(v any) (int64, error) {
	if word, ok := text(v); ok {
		return seconds([]byte(word))
	}
	n, err := pickledNumber(v)
	switch {
	case err != nil:
		return 0, err
	case !n.IsLong:
		return millis(n.Double, "a number")
	case n.Long > math.MaxInt64/1000 || n.Long < math.MinInt64/1000:
		return 0, outOfRange("a number")
	}
	return n.Long * 1000, nil
}

// pickledNumber is a value: an integer, a double, or either as a text.
func pickledNumber(v any) (stream.Number, error) {
	switch v := v.(type) {
	case int64:
		return stream.Number{Long: v, IsLong: true}, nil
	case float64:
		return stream.Number{Double: v}, nil
	case *big.Int:
		if v.IsInt64() {
			return stream.Number{Long: v.Int64(), IsLong: true}, nil
		}
		return stream.Number{}, stream.Refusal("an integer of %d bits is too large", v.BitLen())
	}
	if word, ok := text(v); ok {
		return number([]byte(word))
	}
	return stream.Number{}, stream.Refusal("a time or value is no number")
}

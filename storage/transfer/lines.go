package transfer

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"aion/storage/points"
)

// linePoints is how many points a line has at most.
const linePoints = 20 * points.BlockSize

// encoder writes the points of series one after the other.
type encoder interface {
	// block adds points of a series; those of one series come together.
	block(dst []byte, key *points.Key, b *points.Block) []byte

	// end adds what ends the last series.
	end(dst []byte) []byte
}

// lines writes KairosDB's lines.
type lines struct {
	series []byte // Key.Append of the open line
	open   bool
	points int
	key    []byte
}

// block adds to the open line if it is one of the series, else begins another.
func (l *lines) block(dst []byte, key *points.Key, b *points.Block) []byte {
	l.key = key.Append(l.key[:0])
	if l.open && (string(l.key) != string(l.series) || l.points >= linePoints) {
		dst = l.end(dst)
	}
	if !l.open {
		l.open, l.points, l.series = true, 0, append(l.series[:0], l.key...)
		dst = appendHead(dst, key, 0)
	}
	for i := range b.Times {
		if l.points > 0 {
			dst = append(dst, ',')
		}
		l.points++
		dst = appendPoint(dst, key.Type, b, i)
	}
	return dst
}

// end ends the open line.
func (l *lines) end(dst []byte) []byte {
	if !l.open {
		return dst
	}
	l.open = false
	return append(dst, "]}\n"...)
}

// appendHead adds what stands before the points of a line.
func appendHead(dst []byte, key *points.Key, ttl time.Duration) []byte {
	dst = append(dst, `{"name":`...)
	dst = appendText(dst, key.Metric)
	dst = append(dst, `,"tags":{`...)
	for i := range key.Tags {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendText(dst, key.Tags[i].Name), ':')
		dst = appendText(dst, key.Tags[i].Value)
	}
	dst = append(dst, '}')
	if ttl > 0 {
		dst = append(dst, `,"ttl":`...)
		dst = strconv.AppendInt(dst, int64((ttl+time.Second-1)/time.Second), 10)
	}
	return append(dst, `,"datapoints":[`...)
}

// appendPoint adds a point as its time, its value and the name of its type.
func appendPoint(dst []byte, stored string, b *points.Block, i int) []byte {
	dst = append(dst, '[')
	dst = strconv.AppendInt(dst, b.Times[i], 10)
	dst = append(dst, ',')
	dst = appendValue(dst, stored, b, i)
	dst = append(dst, ',', '"')
	if b.Kind == points.Opaque && stored != points.TypeComplex {
		dst = appendText(dst[:len(dst)-1], stored)
	} else {
		dst = append(append(dst, typeName(stored, b, i)...), '"')
	}
	return append(dst, ']')
}

// appendValue adds a value as JSON.
func appendValue(dst []byte, stored string, b *points.Block, i int) []byte {
	switch {
	case b.Kind == points.Text:
		return appendText(dst, b.Texts[i])
	case b.Kind == points.Opaque:
		return appendOpaque(dst, stored, b.Bytes[i])
	case b.Null(i):
		return append(dst, "null"...)
	case b.Int(i):
		return strconv.AppendInt(dst, b.Ints[i], 10)
	}
	return appendDouble(dst, b.Floats[i])
}

// appendDouble adds a double with as few digits as read back the same; what is
// not finite, which no JSON number is, as a text that KairosDB reads. Zero below
// zero has a point, without which KairosDB's import drops its sign.
func appendDouble(dst []byte, v float64) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(dst, `"-Infinity"`...)
	case v == 0 && math.Signbit(v):
		return append(dst, "-0.0"...)
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}

// appendOpaque adds bytes as base64, but a complex number as its parts.
func appendOpaque(dst []byte, stored string, v []byte) []byte {
	if stored != points.TypeComplex || len(v) != 16 {
		dst = base64.StdEncoding.AppendEncode(append(dst, '"'), v)
		return append(dst, '"')
	}
	dst = appendDouble(append(dst, `{"real":`...), math.Float64frombits(binary.BigEndian.Uint64(v)))
	dst = appendDouble(append(dst, `,"imaginary":`...), math.Float64frombits(binary.BigEndian.Uint64(v[8:])))
	return append(dst, '}')
}

// appendText adds a text in quotes. Line separators are escaped, so that every
// reader of lines sees the same ones.
func appendText(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf && c != 0x7f {
			i++
			continue
		}
		r, n := rune(c), 1
		if c >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
			if r >= 0xa0 && r != '\u2028' && r != '\u2029' && (r != utf8.RuneError || n > 1) {
				i += n
				continue
			}
		}
		dst = append(dst, s[from:i]...)
		switch r {
		case '"', '\\':
			dst = append(dst, '\\', byte(r))
		default:
			dst = append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		}
		i += n
		from = i
	}
	return append(append(dst, s[from:]...), '"')
}

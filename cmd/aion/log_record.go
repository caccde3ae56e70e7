package main

import (
	"log/slog"
	"strconv"
	"time"

	"aion/api"
)

// appendRequest appends the record of a request as slog's JSONHandler writes it, which
// takes three times as long: numbers with a point go through package json there. Not
// done: something in it takes more thought than that.
func appendRequest(dst []byte, r slog.Record) (line []byte, done bool) {
	at := r.Time.Round(0)
	if year := at.Year(); at.IsZero() || year < 1 || year > 9999 || r.PC != 0 {
		return dst, false
	}
	line = append(dst, `{"time":"`...)
	line = at.AppendFormat(line, time.RFC3339Nano)
	line = append(line, `","level":"INFO","msg":"`+api.Record+`"`...)
	done = true
	r.Attrs(func(a slog.Attr) bool {
		if line = append(line, ','); done {
			line, done = appendPlain(line, a.Key)
		}
		if line = append(line, ':'); done {
			line, done = appendValue(line, a.Value)
		}
		return done
	})
	if !done {
		return dst, false
	}
	return append(line, "}\n"...), true
}

// appendValue appends a value, unless it is none of those that are often in the records
// of requests.
func appendValue(dst []byte, v slog.Value) ([]byte, bool) {
	switch v.Kind() {
	case slog.KindString:
		return appendPlain(dst, v.String())
	case slog.KindInt64:
		return strconv.AppendInt(dst, v.Int64(), 10), true
	case slog.KindFloat64:
		f := v.Float64()
		return strconv.AppendFloat(dst, f, 'f', -1, 64), f == 0 || f >= 1e-6 && f < 1e21 // others have exponents
	case slog.KindBool:
		return strconv.AppendBool(dst, v.Bool()), true
	}
	return dst, false
}

// appendPlain appends a text in quotes, unless something in it must be written in
// another way.
func appendPlain(dst []byte, text string) ([]byte, bool) {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return dst, false
		}
	}
	return append(append(append(dst, '"'), text...), '"'), true
}

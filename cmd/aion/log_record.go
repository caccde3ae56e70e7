package main

import (
	"log/slog"
	"strconv"
	"time"

	"aion/api"
)

// lineForm is a form of a log, in which the records of requests are written to the byte as
// slog's handler of it writes them; that takes several times as long.
type lineForm struct {
	begin, head, end string // before the time, between it and the attributes, after them
	before, between  byte   // before an attribute, and between its key and its value
	time             func(dst []byte, at time.Time) []byte

	// Key and value are not done where something in them takes more thought.
	key   func(dst []byte, key string) ([]byte, bool)
	value func(dst []byte, v slog.Value) ([]byte, bool)
}

// jsonForm is the form of slog's JSONHandler, which has numbers with a point go through
// package json.
var jsonForm = lineForm{
	begin: `{"time":"`, head: `","level":"INFO","msg":"` + api.Record + `"`, end: "}\n",
	before: ',', between: ':',
	time: func(dst []byte, at time.Time) []byte { return at.AppendFormat(dst, time.RFC3339Nano) },
	key:  appendPlain, value: appendValue,
}

// append appends the record of a request. Not done: something in it takes more thought,
// and nothing is appended.
func (f *lineForm) append(dst []byte, r slog.Record) (line []byte, done bool) {
	at := r.Time.Round(0)
	if year := at.Year(); at.IsZero() || year < 1 || year > 9999 || r.PC != 0 {
		return dst, false
	}
	line = append(f.time(append(dst, f.begin...), at), f.head...)
	done = true
	r.Attrs(func(a slog.Attr) bool {
		if line, done = f.key(append(line, f.before), a.Key); done {
			line, done = f.value(append(line, f.between), a.Value)
		}
		return done
	})
	if !done {
		return dst, false
	}
	return append(line, f.end...), true
}

// appendValue appends a value as JSON, unless it is none of those that are often in the
// records of requests.
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

// textForm is the form of slog's TextHandler.
var textForm = lineForm{
	begin: "time=", head: " level=INFO msg=" + api.Record, end: "\n",
	before: ' ', between: '=',
	time: appendMillis, key: appendWord, value: appendText,
}

// appendMillis appends a time with three digits of its second.
func appendMillis(dst []byte, at time.Time) []byte {
	// A digit behind them keeps zeros that would be left out, and is cut out.
	const digits = len("2006-01-02T15:04:05.000")
	end := len(dst) + digits
	dst = at.Truncate(time.Millisecond).Add(time.Millisecond/10).AppendFormat(dst, time.RFC3339Nano)
	return append(dst[:end], dst[end+1:]...)
}

// appendText appends a value as text, unless it is none of those that are often in the
// records of requests.
func appendText(dst []byte, v slog.Value) ([]byte, bool) {
	switch v.Kind() {
	case slog.KindString:
		return appendWord(dst, v.String())
	case slog.KindInt64:
		return strconv.AppendInt(dst, v.Int64(), 10), true
	case slog.KindFloat64:
		return strconv.AppendFloat(dst, v.Float64(), 'g', -1, 64), true
	case slog.KindBool:
		return strconv.AppendBool(dst, v.Bool()), true
	}
	return dst, false
}

// appendWord appends a text, in quotes where it is empty or could be taken for several;
// not if there is more than ASCII in it, or what cannot be printed.
func appendWord(dst []byte, text string) ([]byte, bool) {
	quoted := text == ""
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ' || c > '~':
			return dst, false
		case c == ' ' || c == '=' || c == '"':
			quoted = true
		}
	}
	if quoted {
		return strconv.AppendQuote(dst, text), true
	}
	return append(dst, text...), true
}

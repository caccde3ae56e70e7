package kairosdb

import (
	"io"
	"strconv"
	"strings"

	"aion/api/kairosdb/gson"
	"aion/query/encode"
)

// original reads a query that is to be given back in its answer. KairosDB then
// looks at it with another parser first, which fails where no object begins, and
// where it is stricter than the one that reads the query.
func original(text io.Reader) (io.Reader, error) {
	whole, err := io.ReadAll(text)
	if err != nil {
		return nil, err
	}
	query := string(whole)
	if err := checkOriginal(query); err != nil {
		return nil, err
	}
	return strings.NewReader(query), nil
}

// appendOriginal adds a query as org.json prints it, its members in the order in
// which they were sent: numbers in their shortest form, integers of more than 64
// bits as texts. Nothing between the last comma of an array and its end is no
// item there.
func appendOriginal(dst []byte, e *gson.Element) []byte {
	switch e.Kind {
	case gson.ArrayKind:
		dst = append(dst, '[')
		items := e.Items
		if e.Open {
			items = items[:len(items)-1]
		}
		for i, item := range items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendOriginal(dst, item)
		}
		return append(dst, ']')
	case gson.ObjectKind:
		dst = append(dst, '{')
		for i, m := range e.Members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(encode.AppendString(dst, m.Name), ':')
			dst = appendOriginal(dst, m.Value)
		}
		return append(dst, '}')
	case gson.NumberKind:
		return appendNumber(dst, e.Text)
	case gson.StringKind:
		return encode.AppendString(dst, e.Text)
	}
	return append(dst, e.String()...)
}

// appendNumber adds a number as org.json prints it.
func appendNumber(dst []byte, text string) []byte {
	if v, err := strconv.ParseInt(text, 10, 64); err == nil && text != "-0" {
		return strconv.AppendInt(dst, v, 10)
	}
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || !strings.ContainsAny(text, ".eE") && text != "-0":
		return strconv.AppendQuote(dst, text)
	case v == float64(int64(v)) && text != "-0":
		return strconv.AppendInt(dst, int64(v), 10)
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}

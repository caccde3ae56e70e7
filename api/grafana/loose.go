package grafana

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"aion/api/wire"
)

// bad is a request that is wrong: the text names the field.
func bad(format string, args ...any) error { return &Fault{fmt.Sprintf(format, args...)} }

// read reads a request's body into v. No body is an empty object, and members
// that v does not have are passed over.
func (p *Protocol) read(c echo.Context, v any) error {
	in := wire.Body(c.Response(), c.Request(), "http.max-body", p.MaxBody)
	defer in.Close()
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	return misread(json.Unmarshal(text, v))
}

// misread says what is wrong with JSON in the words of whoever wrote it.
func misread(err error) error {
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind) && kind.Field == "":
		return bad("the request must be a JSON object, not %s", kind.Value)
	case errors.As(err, &kind):
		return bad("%s: got %s, which does not belong there", kind.Field, kind.Value)
	}
	return bad("the request is no JSON: %v", err)
}

// Everything below takes values as Grafana's editors make them: what is a number
// or a boolean by its meaning may come as a text.

// present tells whether a member is there and not null.
func present(raw json.RawMessage) bool {
	return len(raw) > 0 && string(raw) != "null"
}

// textOf is a value as a text: the text, or a number or a boolean as it is
// written. It is not ok for arrays and objects.
func textOf(raw json.RawMessage) (text string, ok bool) {
	switch {
	case !present(raw):
		return "", true
	case raw[0] == '"':
		return text, json.Unmarshal(raw, &text) == nil
	}
	return string(raw), raw[0] != '[' && raw[0] != '{'
}

// textsOf is an array of texts, or a text alone.
func textsOf(raw json.RawMessage) (texts []string, ok bool) {
	if !present(raw) {
		return nil, true
	}
	var items []json.RawMessage
	if raw[0] != '[' {
		items = []json.RawMessage{raw}
	} else if json.Unmarshal(raw, &items) != nil {
		return nil, false
	}
	for _, item := range items {
		text, ok := textOf(item)
		if !ok {
			return nil, false
		}
		if text != "" {
			texts = append(texts, text)
		}
	}
	return texts, true
}

// numberOf is a number of Grafana's, or 0 where there is none that makes sense.
func numberOf(raw json.RawMessage) int64 {
	text, ok := textOf(raw)
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if !ok || err != nil || !(v > 0) {
		return 0
	}
	return int64(math.Min(math.Ceil(v), 1<<53))
}

// flagOf is a boolean. It is not ok for what is none.
func flagOf(raw json.RawMessage) (on, ok bool) {
	switch text, _ := textOf(raw); strings.ToLower(text) {
	case "true":
		return true, true
	case "", "false":
		return false, !present(raw) || raw[0] != '[' && raw[0] != '{'
	}
	return false, false
}

// embedded is the JSON that a member holds: itself, or what is written in its
// text, as the plugin's editor makes of everything.
func embedded(raw json.RawMessage) (inner json.RawMessage, written bool) {
	text, ok := textOf(raw)
	text = strings.TrimSpace(text)
	if !ok || raw == nil || raw[0] != '"' || text == "" || text[0] != '{' && text[0] != '[' {
		return raw, false
	}
	return json.RawMessage(lawful(text)), true
}

// lawful is JSON that somebody wrote, into which Grafana has written values of
// variables: a backslash before a character that JSON escapes by none is one of its
// own, so that it is read as such.
func lawful(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		b.WriteByte(text[i])
		if text[i] != '\\' || i+1 == len(text) {
			continue
		}
		if i++; strings.IndexByte(meta, text[i]) >= 0 && text[i] != '\\' && text[i] != '/' {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// numeral is a value as the number that it is written as: the editor makes texts of
// numbers, too.
func numeral(raw json.RawMessage) json.RawMessage {
	text, ok := textOf(raw)
	if ok && text != "" && (text[0] == '-' || text[0] >= '0' && text[0] <= '9') && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return raw
}

// plain is a value as Grafana wrote it for a variable, without escapes where it is
// a text.
func plain(raw json.RawMessage) json.RawMessage {
	if text, ok := textOf(raw); ok && len(raw) > 0 && raw[0] == '"' {
		raw, _ = json.Marshal(unescaped(text)) // of a text
	}
	return raw
}

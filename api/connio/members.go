package connio

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"aion/storage/points"
)

// members are the members of an object of JSON, by their very names, and where
// the object stands in its request.
type members struct {
	all   []member
	at    string // with a dot behind it; empty: the request itself
	snake bool   // some name may be spelled as KairosDB spells them
}

// member is one member of an object, as it is written.
type member struct{ name, value span }

// mostMembers is for how many members of an object there is room from the beginning.
const mostMembers = 16

// membersOf reads an object. at is where it stands; what stands somewhere is a part
// of a request that was read before.
func membersOf(raw json.RawMessage, at string) (members, error) {
	object := span(raw)
	if at == "" {
		if object = spanOf(raw); object.first() != '{' {
			return members{}, bad("body: want an object of JSON")
		}
	}
	if object.first() != '{' {
		return members{}, bad("%s: got %s, want an object", at, shown(raw))
	}
	m := members{all: make([]member, 0, min(1+bytes.Count(object, []byte{','}), mostMembers))}
	for name, value := range object.members() {
		m.all = append(m.all, member{name, value})
		m.snake = m.snake || bytes.ContainsAny(name, `_\`)
	}
	if at != "" {
		m.at = at + "."
	}
	return m, nil
}

// present tells whether a value is there: null is as good as none.
func present(raw json.RawMessage) bool { return len(raw) != 0 && string(raw) != "null" }

// very is the member of the very name, null or not; the last one of several.
func (m members) very(name string) (raw json.RawMessage, ok bool) {
	for i := len(m.all) - 1; i >= 0; i-- {
		if m.all[i].name.named(name) {
			return json.RawMessage(m.all[i].value), true
		}
	}
	return nil, false
}

// has tells whether a member is there, in either of its spellings.
func (m members) has(name string) bool { return m.value(name) != nil }

// find is the member of a name or, where it is not there, the one that has
// KairosDB's spelling of it, and where it stands.
func (m members) find(name string) (string, json.RawMessage) {
	name, raw := m.spelled(name)
	return m.at + name, raw
}

// value is the member that find finds.
func (m members) value(name string) json.RawMessage {
	_, raw := m.spelled(name)
	return raw
}

// place is where the member stands that find finds.
func (m members) place(name string) string {
	name, _ = m.spelled(name)
	return m.at + name
}

// spelled is the member that find finds, and how it is spelled.
func (m members) spelled(name string) (string, json.RawMessage) {
	if raw, _ := m.very(name); present(raw) {
		return name, raw
	}
	if m.snake {
		snake := snaked(name)
		if raw, _ := m.very(snake); present(raw) {
			return snake, raw
		}
	}
	return name, nil
}

// snaked is KairosDB's spelling of a name.
func snaked(name string) string {
	var b strings.Builder
	for _, c := range name {
		if c >= 'A' && c <= 'Z' {
			b.WriteByte('_')
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}

// text is the text of a member; empty where there is none.
func (m members) text(name string) (string, error) {
	raw := m.value(name)
	if raw == nil {
		return "", nil
	}
	text, ok := textOf(raw)
	if !ok {
		return "", bad("%s: got %s, want a text", m.place(name), shown(raw))
	}
	return text, nil
}

// flag is what a member that is true or false says; false where there is none.
func (m members) flag(name string) (bool, error) {
	raw := m.value(name)
	switch string(raw) {
	case "":
		return false, nil
	case "true", `"true"`:
		return true, nil
	case "false", `"false"`:
		return false, nil
	}
	return false, bad("%s: got %s, want true or false", m.place(name), shown(raw))
}

// number is a number, or the digits of one between quotes. Not there: it is
// missing.
func (m members) number(name string) (v float64, there bool, err error) {
	raw := m.value(name)
	if raw == nil {
		return 0, false, nil
	}
	v, ok := numberOf(raw)
	if !ok {
		return 0, true, bad("%s: got %s, want a number", m.place(name), shown(raw))
	}
	return v, true, nil
}

// whole is an integer from least on, or the digits of one between quotes.
func (m members) whole(name string, least int64) (v int64, there bool, err error) {
	raw := m.value(name)
	if raw == nil {
		return 0, false, nil
	}
	v, ok := wholeOf(raw)
	if !ok || v < least {
		return 0, true, bad("%s: got %s, want an integer from %d on", m.place(name), shown(raw), least)
	}
	return v, true, nil
}

// span is a value and a unit. Not there: it is missing.
func (m members) span(name string, least int64) (s points.Span, there bool, err error) {
	at, raw := m.find(name)
	if raw == nil {
		return s, false, nil
	}
	parts, err := membersOf(raw, at)
	if err != nil {
		return s, true, err
	}
	value, there, err := parts.whole("value", least)
	if err == nil && !there {
		err = bad("%s.value: it is missing", at)
	}
	if err != nil {
		return s, true, err
	}
	unit, err := parts.unit("unit")
	return points.Span{Value: value, Unit: unit}, true, err
}

// The longest that ranges may be: of a unit of the calendar so many, of others so many
// milliseconds.
const (
	mostUnits   = 1_000_000
	longestSpan = int64(1) << 60
)

// length is a span that ranges can be as long as. Not there: it is missing.
func (m members) length(name string) (s points.Span, there bool, err error) {
	s, there, err = m.span(name, 1)
	if err != nil || !there {
		return s, there, err
	}
	if s.Unit >= points.Days && s.Value > mostUnits || s.Unit < points.Days && s.Value > longestSpan/s.Unit.Millis() {
		at, _ := m.find(name)
		err = tooLong(at, s)
	}
	return s, true, err
}

// tooLong is what is wrong with a span somewhere that nothing is as long as.
func tooLong(at string, s points.Span) error {
	return bad("%s.value: got %d, want a length of time that is not that long", at, s.Value)
}

// unit is a unit of time in any case.
func (m members) unit(name string) (points.Unit, error) {
	raw := m.value(name)
	if raw == nil {
		return 0, bad("%s: it is missing", m.place(name))
	}
	text, _ := textOf(raw)
	unit, ok := points.ParseUnit(text)
	if !ok {
		return 0, bad("%s: got %s, want one of %s", m.place(name), shown(raw), strings.ToLower(strings.Join(points.Units[:], ", ")))
	}
	return unit, nil
}

// list are the elements of an array; none where there is no such member.
func (m members) list(name string) (at string, items []json.RawMessage, err error) {
	at, raw := m.find(name)
	if raw == nil {
		return at, nil, nil
	}
	if raw[0] != '[' {
		return at, nil, bad("%s: got %s, want an array", at, shown(raw))
	}
	for item := range span(raw).elements() {
		items = append(items, json.RawMessage(item))
	}
	return at, items, nil
}

// textOf is a text of JSON.
func textOf(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	return span(raw).text(), true
}

// digitsOf are the characters of a number, which may stand between quotes.
func digitsOf(raw json.RawMessage) string {
	if text, ok := textOf(raw); ok {
		text = strings.TrimSpace(text)
		if !json.Valid([]byte(text)) {
			return ""
		}
		return text
	}
	return string(raw)
}

// numberOf is a number that a double can hold.
func numberOf(raw json.RawMessage) (float64, bool) {
	v, err := strconv.ParseFloat(digitsOf(raw), 64)
	return v, err == nil && !math.IsInf(v, 0) && !math.IsNaN(v)
}

// wholeOf is an integer, which may be written as 5.0 too.
func wholeOf(raw json.RawMessage) (int64, bool) {
	digits := digitsOf(raw)
	if v, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return v, true
	}
	v, err := strconv.ParseFloat(digits, 64)
	return int64(v), err == nil && v == math.Trunc(v) && math.Abs(v) <= 1<<53
}

// shown is a value of a request as an error repeats it.
func shown(raw json.RawMessage) string { return shortened(string(raw)) }

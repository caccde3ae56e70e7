package transfer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Table says how CSV is laid out. The zero value is what an export writes: a
// heading of metric, time, value, type and tag.NAME for each tag.
type Table struct {
	Columns   []Column // empty: those whose heading is a role
	Separator rune     // 0: a comma
	Times     string   // form of times: ms, s, us, ns or rfc3339; empty: ms
	Headless  bool     // there is no heading; columns have numbers
}

// Column maps a column to what it means.
type Column struct {
	Role     string // metric, time, value, value.METRIC, type, ttl or tag.NAME
	Heading  string // of the column, or # and its number from 1
	Constant bool   // Heading is the text of every row, and there is no column
}

// The roles of columns, and the beginnings of those that have a name behind.
const (
	metricRole = "metric"
	timeRole   = "time"
	valueRole  = "value"
	typeRole   = "type"
	ttlRole    = "ttl"
	tagRoles   = "tag."
	valueRoles = "value."
)

// ParseColumn reads ROLE=HEADING, ROLE=#NUMBER or ROLE='TEXT'.
func ParseColumn(text string) (Column, error) {
	role, heading, ok := strings.Cut(text, "=")
	if !ok || heading == "" || !isRole(role) {
		return Column{}, fmt.Errorf("got %q, want ROLE=HEADING, ROLE=#NUMBER or ROLE='TEXT' with a role of metric, time, value, value.METRIC, type, ttl and tag.NAME", text)
	}
	if n := len(heading); n > 2 && heading[0] == '\'' && heading[n-1] == '\'' {
		return Column{role, heading[1 : n-1], true}, nil
	}
	return Column{Role: role, Heading: heading}, nil
}

// isRole tells whether a column can have that role.
func isRole(role string) bool {
	switch role {
	case metricRole, timeRole, valueRole, typeRole, ttlRole:
		return true
	}
	return len(role) > len(tagRoles) && strings.HasPrefix(role, tagRoles) ||
		len(role) > len(valueRoles) && strings.HasPrefix(role, valueRoles)
}

// separator is what stands between fields.
func (t *Table) separator() rune {
	if t.Separator == 0 {
		return ','
	}
	return t.Separator
}

// field is where a row has something.
type field struct {
	index int // -1: it is the constant
	text  string
	name  string // of the tag, or of the metric of a value
}

// in is what the row has there, if it has it.
func (f *field) in(row []string) (string, bool) {
	if f.index < 0 {
		return f.text, true
	}
	if f.index >= len(row) {
		return "", false
	}
	return row[f.index], true
}

// layout is where the rows of a file have what.
type layout struct {
	metric, at, typ, ttl *field
	values               []field // name empty: of the metric's column
	tags                 []field // by name
}

// layout finds the columns of the map in a heading.
func (t *Table) layout(heading []string) (*layout, error) {
	columns := t.Columns
	if len(columns) == 0 {
		for _, name := range heading {
			if isRole(name) {
				columns = append(columns, Column{Role: name, Heading: name})
			}
		}
	}
	l := &layout{}
	for _, c := range columns {
		f, err := c.find(heading, t.Headless)
		if err != nil {
			return nil, err
		}
		l.set(c.Role, f)
	}
	slices.SortFunc(l.tags, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return l, l.complete()
}

// find is where a column stands.
func (c *Column) find(heading []string, headless bool) (field, error) {
	if c.Constant {
		return field{index: -1, text: c.Heading}, nil
	}
	if digits, ok := strings.CutPrefix(c.Heading, "#"); ok {
		if n, err := strconv.Atoi(digits); err == nil && n > 0 {
			return field{index: n - 1}, nil
		}
	}
	if i := slices.Index(heading, c.Heading); i >= 0 && !headless {
		return field{index: i}, nil
	}
	return field{}, fmt.Errorf("there is no column %q for %s", c.Heading, c.Role)
}

// set gives a role its place.
func (l *layout) set(role string, f field) {
	switch role {
	case metricRole:
		l.metric = &f
	case timeRole:
		l.at = &f
	case typeRole:
		l.typ = &f
	case ttlRole:
		l.ttl = &f
	case valueRole:
		l.values = append(l.values, f)
	default:
		if name, ok := strings.CutPrefix(role, tagRoles); ok {
			f.name = name
			l.tags = append(l.tags, f)
			return
		}
		f.name = strings.TrimPrefix(role, valueRoles)
		l.values = append(l.values, f)
	}
}

// complete is an error where points would lack something.
func (l *layout) complete() error {
	switch {
	case l.at == nil:
		return fmt.Errorf("no column is the time")
	case len(l.values) == 0:
		return fmt.Errorf("no column is a value")
	}
	for i := range l.values {
		if l.values[i].name == "" && l.metric == nil {
			return fmt.Errorf("no column is the metric")
		}
	}
	for i := 1; i < len(l.tags); i++ {
		if l.tags[i].name == l.tags[i-1].name {
			return fmt.Errorf("two columns are the tag %q", l.tags[i].name)
		}
	}
	return nil
}

// The forms of times, and how many nanoseconds their unit has.
var timeUnits = []struct {
	name  string
	nanos int64
}{{"ms", 1e6}, {"s", 1e9}, {"us", 1e3}, {"ns", 1}}

// rfc3339 is the form of times as text.
const rfc3339 = "rfc3339"

// parseTime reads a time of the table's form as milliseconds.
func (t *Table) parseTime(text string) (int64, error) {
	if t.Times == rfc3339 {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return 0, fmt.Errorf("%.40q is no time such as 2026-01-02T15:04:05Z", text)
		}
		return at.UnixMilli(), nil
	}
	nanos := int64(1e6)
	for _, u := range timeUnits {
		if u.name == t.Times {
			nanos = u.nanos
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil && nanos <= 1e6 {
		return n / (1e6 / nanos), nil
	}
	if err == nil && n > -1<<50 && n < 1<<50 {
		return n * (nanos / 1e6), nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || nanos != 1e9 || !(seconds > -1<<50 && seconds < 1<<50) {
		return 0, fmt.Errorf("%.40q is no time in %s", text, t.unit())
	}
	return int64(seconds*1000 + 0.5), nil
}

// unit is the name of the unit of times.
func (t *Table) unit() string {
	if t.Times == "" {
		return timeUnits[0].name
	}
	return t.Times
}

// appendTime adds a time in the table's form.
func (t *Table) appendTime(dst []byte, at int64) []byte {
	switch t.Times {
	case rfc3339:
		return time.UnixMilli(at).UTC().AppendFormat(dst, "2006-01-02T15:04:05.000Z07:00")
	case "s":
		return strconv.AppendFloat(dst, float64(at)/1000, 'f', -1, 64)
	case "us":
		return strconv.AppendInt(dst, at*1000, 10)
	case "ns":
		return strconv.AppendInt(dst, at*1e6, 10)
	}
	return strconv.AppendInt(dst, at, 10)
}

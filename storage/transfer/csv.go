package transfer

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"

	"aion/storage/points"
)

// rows writes CSV.
type rows struct {
	table   Table
	csv     *csv.Writer
	buffer  bytes.Buffer
	row     []string
	scratch []byte
}

// newRows writes the columns of the table; without a map metric, time, value,
// type and all tags.
func newRows(table Table, tags []string) (*rows, error) {
	if len(table.Columns) == 0 {
		for _, role := range []string{metricRole, timeRole, valueRole, typeRole} {
			table.Columns = append(table.Columns, Column{Role: role, Heading: role})
		}
		for _, name := range tags {
			table.Columns = append(table.Columns, Column{Role: tagRoles + name, Heading: tagRoles + name})
		}
	}
	for _, c := range table.Columns {
		if c.Role == ttlRole || strings.HasPrefix(c.Role, valueRoles) {
			return nil, fmt.Errorf("an export has no column %s; it has metric, time, value, type and tag.NAME", c.Role)
		}
	}
	r := &rows{table: table}
	r.csv = csv.NewWriter(&r.buffer)
	r.csv.Comma = table.separator()
	return r, nil
}

// heading adds the headings of the columns.
func (r *rows) heading(dst []byte) []byte {
	if r.table.Headless {
		return dst
	}
	r.row = r.row[:0]
	for _, c := range r.table.Columns {
		heading := c.Heading
		if c.Constant {
			heading = c.Role
		}
		r.row = append(r.row, heading)
	}
	return r.write(dst)
}

// block adds a row for each point.
func (r *rows) block(dst []byte, key *points.Key, b *points.Block) []byte {
	for i := range b.Times {
		r.row = r.row[:0]
		for j := range r.table.Columns {
			r.row = append(r.row, r.field(&r.table.Columns[j], key, b, i))
		}
		dst = r.write(dst)
	}
	return dst
}

// end adds nothing.
func (r *rows) end(dst []byte) []byte { return dst }

// field is what a column has of point i.
func (r *rows) field(c *Column, key *points.Key, b *points.Block, i int) string {
	switch {
	case c.Constant:
		return c.Heading
	case c.Role == metricRole:
		return key.Metric
	case c.Role == timeRole:
		r.scratch = r.table.appendTime(r.scratch[:0], b.Times[i])
	case c.Role == typeRole:
		return typeName(key.Type, b, i)
	case c.Role == valueRole:
		if b.Kind == points.Text {
			return b.Texts[i]
		}
		r.scratch = appendValue(r.scratch[:0], key.Type, b, i)
		if b.Kind == points.Opaque && key.Type != points.TypeComplex {
			return strings.Trim(string(r.scratch), `"`)
		}
	default:
		value, _ := key.Tags.Value(strings.TrimPrefix(c.Role, tagRoles))
		return value
	}
	return string(r.scratch)
}

// write adds the row. A buffer takes all that is written.
func (r *rows) write(dst []byte) []byte {
	r.buffer.Reset()
	_ = r.csv.Write(r.row) // its only other error is a separator that Run has refused
	r.csv.Flush()
	return append(dst, r.buffer.Bytes()...)
}

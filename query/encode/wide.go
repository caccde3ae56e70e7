package encode

import (
	"context"
	"io"
	"strconv"

	"aion/query"
	"aion/storage/points"
)

// Wide writes RFC 4180 with a column for each result and a row for each time that
// any of them has, in their order. A column is called by its metric or alias with
// its tags and group between braces, and what else tells it from those before it.
// A result that has a time several times makes as many rows of it. Fields are as
// those of CSV. Columns of the table are of no use to it.
type Wide struct {
	CSV
	Desc bool // the results' order
}

// Encode writes the results of each metric side by side, a block of each in
// memory. One without a type, which no series matched, has a column only if it
// has points.
func (c *Wide) Encode(ctx context.Context, w io.Writer, results [][]*query.Result) error {
	m := wideMerge{lines: newLines(&c.Table, ""), desc: c.Desc}
	m.w, m.other = w, c.appendOther
	names := columnNames{numbered: c.Numbered, seen: map[string]bool{}}
	header := []string{"time"}
	for metric, list := range results {
		for _, r := range list {
			added, err := m.add(ctx, r)
			if err != nil {
				return err
			}
			if added {
				header = append(header, names.next(metric, r))
			}
		}
	}
	m.text = c.appendHeader(m.text, header)
	return m.write(ctx)
}

// columnNames names columns so that no two are called the same.
type columnNames struct {
	numbered bool
	seen     map[string]bool
}

// next is the name of the next column: as in cpu{host=a;site=x}, with the number
// of its metric in the request where there are several: cpu{host=a}#1. One that
// was there before has the type of its values, and then a number, behind it.
func (n *columnNames) next(metric int, r *query.Result) string {
	name := nameOf(r)
	labels := tagsOf(r)
	if group := groupOf(r); group != "" {
		if labels != "" {
			labels += ";"
		}
		labels += group
	}
	if labels != "" {
		name += "{" + labels + "}"
	}
	if n.numbered {
		name += "#" + strconv.Itoa(metric)
	}
	if n.seen[name] {
		name += " " + r.Type
	}
	for base, i := name, 2; n.seen[name]; i++ {
		name = base + " " + strconv.Itoa(i)
	}
	n.seen[name] = true
	return name
}

// wideMerge writes rows of results that are side by side.
type wideMerge struct {
	*lines
	desc    bool
	columns []wideColumn
	heads   []int64 // where each column is in the order of rows: its time, or what is ^ to it if that falls
	left    int     // columns that have not ended
}

// wideColumn is a result on its way.
type wideColumn struct {
	in    points.Cursor
	block points.Block
	next  int
	ended bool
}

// add adds a column at its first point, and tells whether it did.
func (m *wideMerge) add(ctx context.Context, r *query.Result) (bool, error) {
	i := len(m.columns)
	m.columns, m.heads = append(m.columns, wideColumn{in: r.Points}), append(m.heads, 0)
	m.left++
	if err := m.fetch(ctx, i); err != nil {
		return false, err
	}
	if r.Type == "" && m.columns[i].ended {
		m.columns, m.heads = m.columns[:i], m.heads[:i]
		return false, nil
	}
	return true, nil
}

// fetch reads a column's next block.
func (m *wideMerge) fetch(ctx context.Context, i int) error {
	c := &m.columns[i]
	c.next = 0
	switch err := c.in.Next(ctx, &c.block); {
	case err == io.EOF:
		c.ended = true
		m.left--
		m.heads[i] = 1<<63 - 1
		return nil
	case err != nil:
		return err
	}
	m.head(i)
	return nil
}

// head says where a column is.
func (m *wideMerge) head(i int) {
	at := m.columns[i].block.Times[m.columns[i].next]
	if m.desc {
		at = ^at
	}
	m.heads[i] = at
}

// write writes all rows.
func (m *wideMerge) write(ctx context.Context) error {
	for m.left > 0 {
		if err := m.row(ctx); err != nil {
			return err
		}
		if err := m.pass(); err != nil {
			return err
		}
	}
	return m.writer.write()
}

// row writes the next row.
func (m *wideMerge) row(ctx context.Context) error {
	first := m.heads[0]
	for _, head := range m.heads[1:] {
		first = min(first, head)
	}
	at := first
	if m.desc {
		at = ^at
	}
	m.text = m.appendStamp(m.text, at)
	for i, head := range m.heads {
		m.text = append(m.text, ',')
		if head != first || m.columns[i].ended {
			continue
		}
		if err := m.cell(ctx, i); err != nil {
			return err
		}
	}
	m.text = append(m.text, '\r', '\n')
	return nil
}

// cell writes the value of a column's next point.
func (m *wideMerge) cell(ctx context.Context, i int) error {
	c := &m.columns[i]
	m.text = m.appendValue(m.text, &c.block, c.next)
	if c.next++; c.next == c.block.Len() {
		return m.fetch(ctx, i)
	}
	m.head(i)
	return nil
}

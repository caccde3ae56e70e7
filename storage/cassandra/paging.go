package cassandra

import (
	"context"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// rawColumn is one column of a row as it lies in the answer's frame: nil for
// null. The frame belongs to whoever read the page; the driver library does not
// use it again.
type rawColumn []byte

// UnmarshalCQL keeps the bytes.
func (c *rawColumn) UnmarshalCQL(_ gocql.TypeInfo, data []byte) error {
	*c = data
	return nil
}

// paged is a read of which one page is asked at a time.
type paged struct {
	what      string // for errors: find the series of cpu
	statement string
	args      []any
	size      int           // rows of a page
	state     []byte        // where the page begins; nil is the beginning
	slots     chan struct{} // one is held during a request; nil: none
}

// readPage reads one page. row is called with each row scanned into dest; an
// error of row's ends the page and comes back as it is. A next of nil is the
// end.
func (c *conn) readPage(ctx context.Context, p *paged, dest []any, row func() error) (next []byte, err error) {
	var bad error
	err = c.attempt(ctx, p.what, func(ctx context.Context) error {
		if p.slots != nil {
			if err := enter(ctx, p.slots); err != nil {
				return err
			}
			defer leave(p.slots)
		}
		rows := c.selects(p.statement, p.args...).PageSize(p.size).PageState(p.state).IterContext(ctx)
		next = rows.PageState()
		for bad == nil && rows.Scan(dest...) {
			bad = row()
		}
		return rows.Close()
	})
	if err == nil {
		err = bad
	}
	if err != nil || len(next) == 0 {
		return nil, err
	}
	return next, nil
}

// readAll reads all pages.
func (c *conn) readAll(ctx context.Context, p paged, dest []any, row func() error) error {
	for {
		next, err := c.readPage(ctx, &p, dest, row)
		if err != nil || next == nil {
			return err
		}
		p.state = next
	}
}

package storage

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"aion/storage/points"
)

// Checked is s with the contract enforced on both sides, for tests: a breach
// panics and says what was broken and where. It watches order, range, kind and
// columns of what is read, that ends are repeated and nothing is used after its
// Close, that names are sorted and series match. It overwrites the memory of a
// block before every Next and that of a batch after Write, so that a reference
// kept too long shows. When s is closed, every cursor and snapshot must be.
func Checked(s Store) Store {
	root := &life{what: "store"}
	return &checked{checkedReader{s, root}, s}
}

// broken ends the test: somebody does not keep the contract.
func broken(format string, args ...any) {
	panic("storage contract: " + fmt.Sprintf(format, args...))
}

// life is how long a store or a snapshot may be used.
type life struct {
	what   string
	parent *life // the store's, for a snapshot

	mu     sync.Mutex
	closed bool
	open   int // cursors and snapshots that are not closed; counted in the store
}

// use breaks off when it is too late for a method.
func (l *life) use(method string) {
	for ; l != nil; l = l.parent {
		l.mu.Lock()
		closed := l.closed
		l.mu.Unlock()
		if closed {
			broken("%s after Close of the %s", method, l.what)
		}
	}
}

// count adds n to what is open.
func (l *life) count(n int) {
	if l.parent != nil {
		l = l.parent
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open += n
}

// end closes the life.
func (l *life) end() {
	l.use("Close")
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.open != 0 {
		broken("Close of the %s while %d cursors or snapshots are open", l.what, l.open)
	}
}

// checked is the store of Checked.
type checked struct {
	checkedReader
	store Store
}

// Unwrap is the store that is checked.
func (c *checked) Unwrap() Store { return c.store }

// Write checks the batch and gives the driver a copy, which it overwrites
// afterwards.
func (c *checked) Write(ctx context.Context, b *Batch) error {
	c.life.use("Write")
	for i := range b.Changes {
		if p := changeProblem(&b.Changes[i]); p != "" {
			broken("Write: change %d to %s: %s", i, b.Changes[i].Key, p)
		}
	}
	if p := recalledProblem(b, c.store); p != "" {
		broken("Write: %s", p)
	}
	mine := copyBatch(b)
	defer scribbleBatch(mine)
	return c.store.Write(ctx, mine)
}

// Recall passes the call on. A store that is no Recaller knows nothing.
func (c *checked) Recall(marks []Mark, refs []Ref) {
	c.life.use("Recall")
	RecallFrom(c.store, marks, refs)
}

// Delete passes the call on.
func (c *checked) Delete(ctx context.Context, s Selection, r points.Range) error {
	c.life.use("Delete")
	return c.store.Delete(ctx, s, r)
}

// Snapshot is the driver's, checked.
func (c *checked) Snapshot(ctx context.Context) (Snapshot, error) {
	c.life.use("Snapshot")
	s, err := c.store.Snapshot(ctx)
	if (s == nil) != (err != nil) {
		broken("Snapshot: %v and the error %v", s, err)
	}
	if err != nil {
		return nil, err
	}
	c.life.count(1)
	return &checkedSnapshot{checkedReader{s, &life{what: "snapshot", parent: c.life}}, s}, nil
}

// Health passes the call on.
func (c *checked) Health(ctx context.Context) error {
	c.life.use("Health")
	return c.store.Health(ctx)
}

// Close closes the store, once.
func (c *checked) Close() error {
	c.life.end()
	return c.store.Close()
}

// checkedSnapshot is a snapshot of a checked store.
type checkedSnapshot struct {
	checkedReader
	snapshot Snapshot
}

// Close closes the snapshot, once.
func (c *checkedSnapshot) Close() error {
	c.life.end()
	c.life.count(-1)
	return c.snapshot.Close()
}

// checkedReader checks what a store or a snapshot answers.
type checkedReader struct {
	reader Reader
	life   *life
}

// Select checks that series are whole, match and come once.
func (c checkedReader) Select(ctx context.Context, s Selection) iter.Seq2[Series, error] {
	return func(yield func(Series, error) bool) {
		c.life.use("Select")
		seen, failed := map[string]bool{}, false
		for sr, err := range c.reader.Select(ctx, s) {
			if failed || (sr == nil) != (err != nil) {
				broken("Select: %v and the error %v; after an error: %t", sr, err, failed)
			}
			if errors.Is(err, ErrTooMany) && s.Most <= 0 {
				broken("Select: %v, and any number of series is wanted", err)
			}
			if failed = err != nil; !failed {
				c.checkKey(sr.Key(), s, seen)
				sr = c.series(sr)
			}
			if !yield(sr, err) {
				return
			}
		}
	}
}

// checkKey checks the key of a selected series.
func (checkedReader) checkKey(k points.Key, s Selection, seen map[string]bool) {
	id := string(k.Append(nil))
	switch {
	case seen[id]:
		broken("Select: %s comes twice", k)
	case !s.Matches(&k):
		broken("Select: %s does not match", k)
	case !k.Tags.Sorted():
		broken("Select: the tags of %s are not sorted", k)
	}
	seen[id] = true
}

// Metrics checks that the names are asked for.
func (c checkedReader) Metrics(ctx context.Context, s Selection) iter.Seq2[string, error] {
	return c.names("Metrics", c.reader.Metrics(ctx, s), func(name string) bool {
		return strings.HasPrefix(name, s.Prefix) && (len(s.Metrics) == 0 || slices.Contains(s.Metrics, name))
	})
}

// TagNames checks that the names are in order.
func (c checkedReader) TagNames(ctx context.Context, s Selection) iter.Seq2[string, error] {
	return c.names("TagNames", c.reader.TagNames(ctx, s), func(string) bool { return true })
}

// TagValues checks that the values meet the matchers of their tag.
func (c checkedReader) TagValues(ctx context.Context, tag string, s Selection) iter.Seq2[string, error] {
	return c.names("TagValues", c.reader.TagValues(ctx, tag, s), func(value string) bool {
		for i := range s.Matchers {
			if m := &s.Matchers[i]; m.Tag == tag && m.MatchesValue(value) == m.Not {
				return false
			}
		}
		return true
	})
}

// names checks that names fit, ascend, and end with an error if they have one.
func (c checkedReader) names(method string, names iter.Seq2[string, error], fits func(string) bool) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		c.life.use(method)
		last, begun, failed := "", false, false
		for name, err := range names {
			switch {
			case failed:
				broken("%s: %q after an error", method, name)
			case err == nil && begun && name <= last:
				broken("%s: %q after %q", method, name, last)
			case err == nil && !fits(name):
				broken("%s: %q was not asked for", method, name)
			}
			last, begun, failed = name, true, err != nil
			if !yield(name, err) {
				return
			}
		}
	}
}

package cassandra

import (
	"context"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"aion/storage"
	"aion/storage/points"
)

// Metrics yields the names of the metrics whose series match. Where nothing is
// asked of the series, it is the list of all names, in which a name stays when
// its points are deleted or expire, as with KairosDB.
func (s *Store) Metrics(ctx context.Context, sel storage.Selection) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		f, err := s.finder(&sel, within(&sel))
		if err != nil {
			yield("", err)
			return
		}
		if len(sel.Metrics) == 0 && len(sel.Types) == 0 && len(sel.Matchers) == 0 && sel.Within == nil {
			metricsOf(ctx, f.conns, sel.Prefix)(yield)
			return
		}
		f.width = metricsAhead
		f.matching(ctx, yield)
	}
}

// matching yields the metrics that have a series that matches.
func (f *finder) matching(ctx context.Context, yield func(string, error) bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer f.running.Wait()
	defer cancel()
	for name, err := range inOrder(ctx, f.width, f.metrics(ctx), f.nameIfAny) {
		if err != nil {
			yield("", err)
			return
		}
		if name != nil && !yield(*name, nil) {
			return
		}
	}
}

// nameIfAny is the metric, or nil if none of its series matches.
func (f *finder) nameIfAny(ctx context.Context, metric string) (*string, error) {
	s, err := f.open(ctx, metric)
	if err != nil {
		return nil, err
	}
	for _, err := range s.series(ctx) {
		return &metric, err
	}
	return nil, nil
}

// TagNames yields the names of the tags of the series that match. It holds each
// name once, however many series there are.
func (s *Store) TagNames(ctx context.Context, sel storage.Selection) iter.Seq2[string, error] {
	return s.distinct(ctx, sel, func(t points.Tags, seen map[string]struct{}) {
		for i := range t {
			seen[t[i].Name] = struct{}{}
		}
	})
}

// TagValues yields the values that the tag has in the series that match. It
// holds each value once, however many series there are.
func (s *Store) TagValues(ctx context.Context, tag string, sel storage.Selection) iter.Seq2[string, error] {
	return s.distinct(ctx, sel, func(t points.Tags, seen map[string]struct{}) {
		if value, ok := t.Value(tag); ok {
			seen[value] = struct{}{}
		}
	})
}

// distinct yields what collect takes from the tags of all series that match,
// ascending.
func (s *Store) distinct(ctx context.Context, sel storage.Selection, collect func(points.Tags, map[string]struct{})) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		seen := map[string]struct{}{}
		for found, err := range s.find(ctx, sel, within(&sel)) {
			if err != nil {
				yield("", err)
				return
			}
			collect(found.key.Tags, seen)
		}
		names := make([]string, 0, len(seen))
		for name := range seen {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if !yield(name, nil) {
				return
			}
		}
	}
}

// metricsOf yields the names of the metrics that begin with a prefix and that
// any of the clusters lists, ascending as bytes and each once.
func metricsOf(ctx context.Context, conns []*conn, prefix string) iter.Seq2[string, error] {
	if len(conns) == 1 {
		return conns[0].metrics(ctx, prefix)
	}
	lists := make([]iter.Seq2[string, error], len(conns))
	for i, c := range conns {
		lists[i] = c.metrics(ctx, prefix)
	}
	return union(lists)
}

// metrics yields the names of the metrics that begin with a prefix and that this
// cluster lists, ascending as bytes.
func (c *conn) metrics(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if !c.tables["string_index"] {
			return
		}
		var name rawColumn
		read := paged{what: "list the metrics", statement: readNames, args: []any{[]byte(metricNames)}, size: mostKeys}
		if from := wholeRunes(prefix); from != "" {
			read.statement, read.args = readNamesFrom, append(read.args, from)
		}
		for {
			var page []string
			beyond := false
			next, err := c.readPage(ctx, &read, []any{&name}, func() error {
				if strings.HasPrefix(string(name), prefix) {
					page = append(page, string(name))
				} else {
					beyond = beyond || string(name) > prefix
				}
				return nil
			})
			if err != nil {
				yield("", err)
				return
			}
			for _, n := range page {
				if !yield(n, nil) {
					return
				}
			}
			if next == nil || beyond {
				return
			}
			read.state = next
		}
	}
}

// wholeRunes is as much of a text as is UTF-8: Cassandra takes nothing else.
func wholeRunes(s string) string {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size <= 1 {
			return s[:i]
		}
		i += size
	}
	return s
}

// union yields what any of the lists has, each once; all are ascending.
func union(lists []iter.Seq2[string, error]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		heads := make([]head, 0, len(lists))
		for _, l := range lists {
			next, stop := iter.Pull2(l)
			defer stop()
			heads = append(heads, head{next: next})
			heads[len(heads)-1].move()
		}
		for {
			heads = slices.DeleteFunc(heads, func(h head) bool { return h.ended })
			if len(heads) == 0 {
				return
			}
			least := slices.MinFunc(heads, func(a, b head) int { return strings.Compare(a.name, b.name) })
			for i := range heads {
				if heads[i].err != nil {
					yield("", heads[i].err)
					return
				}
			}
			if !yield(least.name, nil) {
				return
			}
			for i := range heads {
				if heads[i].name == least.name {
					heads[i].move()
				}
			}
		}
	}
}

// head is where a list stands.
type head struct {
	next  func() (string, error, bool)
	name  string
	err   error
	ended bool
}

// move goes to the next name.
func (h *head) move() {
	var ok bool
	h.name, h.err, ok = h.next()
	h.ended = !ok
}

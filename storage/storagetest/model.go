package storagetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// model is what a store should hold, kept in the most obvious way.
type model struct {
	now    storage.Now
	series map[string]*modelSeries // by Key.Append
}

// modelSeries is a series of the model.
type modelSeries struct {
	key    points.Key
	points map[int64]modelPoint
}

// modelPoint is a point as text, and when it is gone.
type modelPoint struct {
	value   string
	expires time.Time // zero: never
}

// newModel is an empty model.
func newModel(now storage.Now) *model {
	return &model{now: now, series: map[string]*modelSeries{}}
}

// clone is a copy that m no longer changes.
func (m *model) clone() *model {
	out := newModel(m.now)
	for id, s := range m.series {
		out.series[id] = &modelSeries{s.key, maps.Clone(s.points)}
	}
	return out
}

// write applies a batch.
func (m *model) write(b *storage.Batch) {
	for i := range b.Changes {
		c := &b.Changes[i]
		id := string(c.Key.Append(nil))
		if m.series[id] == nil {
			m.series[id] = &modelSeries{c.Key, map[int64]modelPoint{}}
		}
		s := m.series[id]
		for _, at := range c.Remove {
			delete(s.points, at)
		}
		var expires time.Time
		if c.TTL != 0 {
			expires = m.now().Add(c.TTL)
		}
		for j, at := range c.Points.Times {
			s.points[at] = modelPoint{valueText(&c.Points, j), expires}
		}
	}
}

// delete removes the points in the range of the series that match.
func (m *model) delete(sel storage.Selection, r points.Range) {
	for _, s := range m.series {
		if sel.Matches(&s.key) {
			maps.DeleteFunc(s.points, func(at int64, _ modelPoint) bool { return r.Holds(at) })
		}
	}
}

// read is what a store should answer.
func (m *model) read(sel storage.Selection, r points.Range, o points.Order) []series {
	var out []series
	for _, s := range m.series {
		if !sel.Matches(&s.key) {
			continue
		}
		times := m.times(s, r)
		if o == points.Desc {
			slices.Reverse(times)
		}
		found := series{key: s.key}
		for _, at := range times {
			found.points = append(found.points, pointText(at, s.points[at].value))
		}
		if len(times) != 0 {
			out = append(out, found)
		}
	}
	sortSeries(out)
	return out
}

// times are the times of the points of s in r that have not expired.
func (m *model) times(s *modelSeries, r points.Range) []int64 {
	var times []int64
	for at, p := range s.points {
		if r.Holds(at) && (p.expires.IsZero() || m.now().Before(p.expires)) {
			times = append(times, at)
		}
	}
	slices.Sort(times)
	return times
}

// keys are the keys of the series that match and have points.
func (m *model) keys(sel storage.Selection) []points.Key {
	var keys []points.Key
	for _, s := range m.read(sel, points.Always, points.Asc) {
		keys = append(keys, s.key)
	}
	return keys
}

// series is a series and its points as text.
type series struct {
	key    points.Key
	points []string
}

// String prints s in one line.
func (s series) String() string { return s.key.String() + ": " + strings.Join(s.points, " ") }

// sortSeries sorts by key.
func sortSeries(all []series) {
	slices.SortFunc(all, func(a, b series) int {
		return strings.Compare(string(a.key.Append(nil)), string(b.key.Append(nil)))
	})
}

// pointText prints a point.
func pointText(at int64, value string) string { return strconv.FormatInt(at, 10) + "=" + value }

// valueText prints a value so that equal texts are equal values to the bit:
// 5 is a long, 5d a double, and a long text its length and digest.
func valueText(b *points.Block, i int) string {
	switch {
	case b.Kind == points.Text && len(b.Texts[i]) > 200:
		return fmt.Sprintf("%d bytes %x", len(b.Texts[i]), sha256.Sum256([]byte(b.Texts[i])))
	case b.Kind == points.Text:
		return strconv.Quote(b.Texts[i])
	case b.Kind == points.Opaque:
		return fmt.Sprintf("%x", b.Bytes[i])
	case b.Null(i):
		return "null"
	case b.Int(i):
		return strconv.FormatInt(b.Ints[i], 10)
	case math.IsNaN(b.Floats[i]):
		return fmt.Sprintf("NaN(%x)", math.Float64bits(b.Floats[i]))
	}
	return strconv.FormatFloat(b.Floats[i], 'g', -1, 64) + "d"
}

// read is what a store answers: the series that have points in the range.
func read(ctx context.Context, from storage.Reader, sel storage.Selection, r points.Range, o points.Order) ([]series, error) {
	var out []series
	for s, err := range from.Select(ctx, sel) {
		if err != nil {
			return nil, err
		}
		found := series{key: s.Key()}
		found.points, err = drain(ctx, s.Points(r, o))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", s.Key(), err)
		}
		if len(found.points) != 0 {
			out = append(out, found)
		}
	}
	sortSeries(out)
	return out, nil
}

// drain reads a cursor to its end, asks once more, and closes it.
func drain(ctx context.Context, c points.Cursor) ([]string, error) {
	var out []string
	var b points.Block
	err := c.Next(ctx, &b)
	for ; err == nil; err = c.Next(ctx, &b) {
		for i, at := range b.Times {
			out = append(out, pointText(at, valueText(&b, i)))
		}
	}
	if again := c.Next(ctx, &b); again == nil || again.Error() != err.Error() {
		return nil, fmt.Errorf("the cursor ended with %w, and then with %v", err, again)
	}
	if err == io.EOF {
		err = nil
	}
	return out, errors.Join(err, c.Close())
}

// difference says where got and want first differ, or nothing.
func difference(got, want []series) string {
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got) || i < len(want) && id(got[i]) > id(want[i]):
			return fmt.Sprintf("got no series %s with %d points", want[i].key, len(want[i].points))
		case i >= len(want) || id(got[i]) < id(want[i]):
			return fmt.Sprintf("got a series %s, want none", got[i])
		}
		g, w := got[i].points, want[i].points
		for j := range max(len(g), len(w)) {
			if j >= len(g) || j >= len(w) || g[j] != w[j] {
				return fmt.Sprintf("%s: got %d points, want %d; from point %d on got %v, want %v",
					want[i].key, len(g), len(w), j, few(g[min(j, len(g)):]), few(w[min(j, len(w)):]))
			}
		}
	}
	return ""
}

// id is a text that is equal for equal keys alone.
func id(s series) string { return string(s.key.Append(nil)) }

// few is the beginning of a list.
func few(s []string) []string { return s[:min(len(s), 4)] }

package connio

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"aion/aggregators"
	"aion/query/encode"
	"aion/storage/points"
)

// grouper is one element of groupBy.
type grouper struct {
	at     string // where it stands
	by     string // time, value, bin or tag
	span   points.Span
	count  int64   // of the groups by time
	size   float64 // of the groups by value
	bins   []float64
	edges  []string // the bins as they were written
	tags   []string
	counts func(at int64) int64 // the number of a time's range
}

// groupers reads groupBy.
func (m members) groupers() ([]grouper, error) {
	at, items, err := m.list("groupBy")
	if err != nil {
		return nil, err
	}
	var list []grouper
	for i, item := range items {
		g := grouper{at: fmt.Sprintf("%s[%d]", at, i)}
		if err := g.read(item); err != nil {
			return nil, err
		}
		list = append(list, g)
	}
	return list, nil
}

// read reads one grouper.
func (g *grouper) read(item json.RawMessage) error {
	m, err := membersOf(item, g.at)
	if err != nil {
		return err
	}
	if g.by, err = m.text("name"); err != nil {
		return err
	}
	switch g.by {
	case "time":
		return g.readTime(m)
	case "value":
		size, there, err := m.number("rangeSize")
		if err == nil && (!there || size <= 0) {
			err = bad("%s.rangeSize: want a number above 0", g.at)
		}
		g.size = size
		return err
	case "bin":
		return g.readBins(m)
	case "tag":
		return g.readTags(m)
	}
	return bad("%s.name: got %q, want time, value, bin or tag", g.at, shortened(g.by))
}

// readTime reads a grouper by time.
func (g *grouper) readTime(m members) (err error) {
	var there bool
	if g.span, there, err = m.length("rangeSize"); err != nil {
		return err
	}
	if !there {
		return bad("%s.rangeSize: it is missing", g.at)
	}
	g.count, there, err = m.whole("groupCount", 1)
	if err == nil && !there {
		err = bad("%s.groupCount: it is missing", g.at)
	}
	return err
}

// readBins reads a grouper by bins.
func (g *grouper) readBins(m members) error {
	at, items, err := m.list("bins")
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return bad("%s: want one bin at least", at)
	}
	for i, item := range items {
		v, ok := numberOf(item)
		if !ok {
			return bad("%s[%d]: got %s, want a number", at, i, shown(item))
		}
		g.bins, g.edges = append(g.bins, v), append(g.edges, digitsOf(item))
	}
	return nil
}

// readTags reads a grouper by tags.
func (g *grouper) readTags(m members) (err error) {
	if g.tags, err = m.values("tags"); err != nil {
		return err
	}
	if len(g.tags) == 0 {
		return bad("%s.tags: it is missing", g.at)
	}
	for i, tag := range g.tags {
		if !slices.Contains(systemTags(), tag) {
			return bad("%s.tags[%d]: got %q, want protocol or source", g.at, i, shortened(tag))
		}
	}
	return nil
}

// numeric tells whether a grouper looks at values, which must be numbers then.
func (g *grouper) numeric() bool { return g.by == "value" || g.by == "bin" }

// begin has a grouper by time count its ranges from a start.
func (g *grouper) begin(start int64, zone *aggregators.Zone) {
	if g.by != "time" {
		return
	}
	if unit := g.span.Unit.Millis(); unit != 0 {
		size := unit * g.span.Value
		g.counts = func(at int64) int64 { return (at - start) / size }
		return
	}
	months := g.span.Value
	if g.span.Unit == points.Years {
		months *= 12
	}
	c := &monthCounter{origin: clockOf(start, zone.Location()), zone: zone.Location(), months: int(months)}
	g.counts = c.number
}

// monthCounter counts ranges of calendar months from what the clock of a zone shows at
// an origin. It keeps the range of the last time.
type monthCounter struct {
	origin   time.Time
	zone     *time.Location
	months   int
	n        int64
	from, to int64
}

// number is the number of a time's range.
func (c *monthCounter) number(at int64) int64 {
	if at >= c.from && at < c.to {
		return c.n
	}
	t := clockOf(at, c.zone)
	n := ((t.Year()-c.origin.Year())*12 + int(t.Month()) - int(c.origin.Month())) / c.months
	for c.edge(n) > at {
		n--
	}
	for c.edge(n+1) <= at {
		n++
	}
	c.n, c.from, c.to = int64(n), c.edge(n), c.edge(n+1)
	return c.n
}

// edge is where the range of a number begins.
func (c *monthCounter) edge(n int) int64 {
	at, _ := instantOf(monthsBefore(c.origin, -n*c.months), c.zone)
	return at
}

// numbers adds the numbers of the groups that points belong to, for all groupers
// but those by tag.
func (g *grouper) numbers(dst []int64, b *points.Block) []int64 {
	switch g.by {
	case "time":
		for _, at := range b.Times {
			dst = append(dst, g.counts(at)%g.count)
		}
	case "value":
		for _, v := range b.Floats {
			dst = append(dst, integer(v/g.size))
		}
	case "bin":
		for _, v := range b.Floats {
			dst = append(dst, g.bin(v))
		}
	}
	return dst
}

// bin is how many bins, which are not necessarily sorted, begin at a value or below.
func (g *grouper) bin(v float64) (n int64) {
	for _, edge := range g.bins {
		if edge <= v {
			n++
		}
	}
	return n
}

// integer is the integer part of a number, as far as there is one.
func integer(v float64) int64 {
	const most = 1 << 62
	return int64(max(-most, min(most, v)))
}

// append describes the group that a grouper has put points into.
func (g *grouper) append(dst []byte, number int64, o origin) []byte {
	switch g.by {
	case "time":
		dst = strconv.AppendInt(append(dst, `{"GroupByTime":{"rangeSize":{"value":`...), g.span.Value, 10)
		dst = append(append(append(dst, `,"unit":"`...), strings.ToLower(g.span.Unit.String())...), `"},"groupCount":`...)
		dst = strconv.AppendInt(dst, g.count, 10)
		dst = strconv.AppendInt(append(dst, `,"group":{"groupNumber":`...), number, 10)
	case "value":
		dst = encode.AppendDouble(append(dst, `{"GroupByValue":{"rangeSize":`...), g.size)
		dst = strconv.AppendInt(append(dst, `,"group":{"groupNumber":`...), number, 10)
	case "bin":
		dst = appendTexts(append(dst, `{"GroupByBins":{"bins":`...), g.edges)
		dst = strconv.AppendInt(append(dst, `,"group":{"binNumber":`...), number, 10)
	default:
		dst = appendTexts(append(dst, `{"GroupByTags":{"tags":`...), g.tags)
		dst = append(dst, `,"group":{`...)
		for i, tag := range g.tags {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = encode.AppendString(append(encode.AppendString(dst, tag), ':'), o.value(tag))
		}
	}
	return append(dst, "}}}"...)
}

// appendTexts adds an array of texts.
func appendTexts(dst []byte, texts []string) []byte {
	dst = append(dst, '[')
	for i, text := range texts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = encode.AppendString(dst, text)
	}
	return append(dst, ']')
}

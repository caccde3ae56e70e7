package telnet

import (
	"errors"
	"time"

	"aion/api/stream"
	"aion/storage/ingest"
	"aion/storage/points"
)

// parser reads lines. What metric and tags of a line mean it remembers, because
// the same series come again and again.
type parser struct {
	writer  *ingest.Writer
	version string
	series  map[string]*series // by the bytes of metric and tags
	last    *series            // of the line before; nil: none
	size    int                // of the map's keys
	era     int                // of the writer, for which series hold columns
	scratch []byte
}

// series is where the points of a metric and its tags go.
type series struct {
	key  points.Key // without a type
	life time.Duration

	longs, doubles, texts *ingest.Column // nil until they are needed

	metric, tags string  // as lines have them
	next         *series // of the line that came behind one of this series; nil: not known
}

// How many series, and bytes of their names, a parser remembers.
const (
	maxSeries = 1 << 16
	maxNames  = 16 << 20
)

// newParser makes a parser for a writer.
func newParser(w *ingest.Writer, version string) *parser {
	return &parser{writer: w, version: version, series: map[string]*series{}, era: w.Era()}
}

// Take takes a line.
func (p *parser) Take(line []byte, peer *stream.Peer) {
	switch err := p.line(line, peer); {
	case err == nil:
	case errors.Is(err, errSecret):
		peer.Refuse(nil, err)
	default:
		peer.Refuse(stream.Trim(line), err)
	}
}

// errSecret refuses a line whose text nobody may see.
var errSecret = stream.Refusal("Unknown command: 'auth'")

// line does what a line says, or tells why not.
func (p *parser) line(line []byte, peer *stream.Peer) error {
	command, rest, _ := stream.Word(stream.Trim(line))
	switch string(command) {
	case "put":
		return p.put(rest, seconds, peer)
	case "putm":
		return p.put(rest, millis, peer)
	case "puts":
		return p.put(rest, texts, peer)
	case "version":
		peer.Answer(p.version + "\n")
		return nil
	case "auth":
		return errSecret
	}
	return stream.Refusal("Unknown command: '%s'", stream.Text(command))
}

// form says how a put is read.
type form int

// The forms: put, putm and puts.
const (
	seconds form = iota // of times that are small enough
	millis
	texts
)

// words are those of a put that are there, and what is behind them.
type words struct {
	metric, at, value []byte
	tags              []byte
	count             int
}

// split finds the words.
func split(rest []byte) (w words) {
	ok := false
	if w.metric, rest, ok = stream.Word(rest); !ok {
		return w
	}
	w.count = 1
	if w.at, rest, ok = stream.Word(rest); !ok {
		return w
	}
	w.count = 2
	if w.value, rest, ok = stream.Word(rest); !ok {
		return w
	}
	w.count, w.tags = 3, rest
	return w
}

// put takes what follows the command. Problems come in the order in which
// KairosDB finds them.
func (p *parser) put(rest []byte, f form, peer *stream.Peer) error {
	w := split(rest)
	if w.count < 2 {
		return stream.Refusal("Index 2 out of bounds for length %d", w.count+1)
	}
	at, err := stream.Long(w.at)
	if err == nil && f == seconds {
		at, err = inMillis(at, w.at)
	}
	switch {
	case err != nil:
		return err
	case len(w.metric) == 0:
		return errNoMetric
	case w.count < 3:
		return stream.Refusal("Index 3 out of bounds for length 3")
	case f == texts:
		s, err := p.place(&w, peer)
		if err != nil {
			return err
		}
		s.column(p.writer, &s.texts, points.TypeText).Text(at, stream.Text(w.value), s.life)
		return nil
	}
	v, err := stream.ParseNumber(w.value)
	if err != nil {
		return err
	}
	s, err := p.place(&w, peer)
	if err != nil {
		return err
	}
	if v.IsLong {
		s.column(p.writer, &s.longs, points.TypeLong).Int(at, v.Long, s.life)
		return nil
	}
	return s.column(p.writer, &s.doubles, points.TypeDouble).Float(at, v.Double, s.life)
}

// place is the series of a line, which its sender may write.
func (p *parser) place(w *words, peer *stream.Peer) (*series, error) {
	s, err := p.find(w)
	if err == nil && !peer.Permits(&s.key) {
		err = stream.Outside()
	}
	return s, err
}

// seconds32 is from where on a put's time is in milliseconds.
const seconds32 = 3_000_000_000

// inMillis is the time of a put, which is in seconds if it is small. One that
// would lie before all times is refused, where KairosDB lets it wrap around.
func inMillis(at int64, word []byte) (int64, error) {
	const first = -1 << 63 / 1000
	switch {
	case at >= seconds32:
		return at, nil
	case at < first:
		return 0, stream.Refusal("Over/underflow:  %s", word)
	}
	return at * 1000, nil
}

// column is the place of a series' points of a type.
func (s *series) column(w *ingest.Writer, c **ingest.Column, stored string) *ingest.Column {
	if *c == nil {
		key := s.key
		key.Type = stored
		*c = w.Column(key)
	}
	return *c
}

// find is the series of a line. Clients send their series in the same order
// again and again, so it looks first at the one that came next the last time.
func (p *parser) find(w *words) (*series, error) {
	if p.era != p.writer.Era() || len(p.series) > maxSeries || p.size > maxNames {
		clear(p.series)
		p.era, p.size, p.last = p.writer.Era(), 0, nil
	}
	before := p.last
	if before != nil && before.next != nil && before.next.named(w) {
		p.last = before.next
		return p.last, nil
	}
	s, err := p.look(w)
	if err != nil {
		return nil, err
	}
	if before != nil {
		before.next = s
	}
	p.last = s
	return s, nil
}

// named tells whether a line is one of s.
func (s *series) named(w *words) bool {
	return string(w.tags) == s.tags && string(w.metric) == s.metric
}

// look finds the series of a line in the map, or makes it.
func (p *parser) look(w *words) (*series, error) {
	n := len(w.metric)
	p.scratch = append(p.scratch[:0], byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	p.scratch = append(append(p.scratch, w.metric...), w.tags...)
	if s, ok := p.series[string(p.scratch)]; ok {
		return s, nil
	}
	s, err := newSeries(w)
	if err != nil {
		return nil, err
	}
	name := string(p.scratch)
	s.metric, s.tags = name[len(name)-n-len(w.tags):len(name)-len(w.tags)], name[len(name)-len(w.tags):]
	p.series[name] = s
	p.size += len(name)
	return s, nil
}

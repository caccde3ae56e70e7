package storage

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"aion/storage/points"
)

// Selection says which series are meant. The zero value means all of them.
type Selection struct {
	Metrics  []string  // any of these; empty: every metric
	Prefix   string    // and the metric's name begins with this
	Types    []string  // any of these stored types; empty: every type
	Matchers []Matcher // and all of these hold

	// Within says that the caller reads no points outside of it and asks for no
	// series that have none in it; nil is any time. It is a hint: a driver whose
	// index is cut by time looks only there, every other one passes it over.
	Within *points.Range

	// Most says that the caller has no use for any of the series if there are more
	// than so many; 0: he has. It is a hint: a driver whose index tells their number
	// refuses with ErrTooMany then, every other one passes it over. Whoever yields
	// others than the driver does, or fewer, asks without it.
	Most int64
}

// ErrTooMany is why no series are selected, or no more of them: there are more than
// Selection.Most. It is a points.ErrLimit.
var ErrTooMany = fmt.Errorf("more series match than are wanted: %w", points.ErrLimit)

// TooMany tells whether n series are more than are wanted.
func (s *Selection) TooMany(n int64) bool { return s.Most > 0 && n > s.Most }

// Matcher is a condition on one tag. It holds for a series whose tag has one of
// the values or fits one of the patterns, and, with Absent, for a series that
// lacks the tag. Not turns the whole answer round: {Tag: t, Absent: true, Not:
// true} holds where the tag is there, whatever its value. A matcher without
// values, patterns and Absent holds for nothing.
type Matcher struct {
	Tag      string
	Values   []string
	Patterns []*Pattern
	Absent   bool
	Not      bool
}

// Matches tells whether m holds for a series with these tags.
func (m *Matcher) Matches(t points.Tags) bool {
	value, ok := t.Value(m.Tag)
	if !ok {
		return m.Absent != m.Not
	}
	return m.MatchesValue(value) != m.Not
}

// MatchesValue tells whether value is among the values or fits a pattern; Not
// and Absent play no part.
func (m *Matcher) MatchesValue(value string) bool {
	if slices.Contains(m.Values, value) {
		return true
	}
	for _, p := range m.Patterns {
		if p.Match(value) {
			return true
		}
	}
	return false
}

// String prints m for people: host in ["a" /b.*/] or absent.
func (m *Matcher) String() string {
	var b strings.Builder
	if m.Not {
		b.WriteString("not ")
	}
	b.WriteString(m.Tag + " in [")
	for i, v := range m.Values {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(strconv.Quote(v))
	}
	for _, p := range m.Patterns {
		b.WriteString(" /" + p.text + "/")
	}
	b.WriteByte(']')
	if m.Absent {
		b.WriteString(" or absent")
	}
	return b.String()
}

// Matches tells whether the series of that key is meant.
func (s *Selection) Matches(k *points.Key) bool {
	if len(s.Metrics) != 0 && !slices.Contains(s.Metrics, k.Metric) {
		return false
	}
	if !strings.HasPrefix(k.Metric, s.Prefix) || len(s.Types) != 0 && !slices.Contains(s.Types, k.Type) {
		return false
	}
	for i := range s.Matchers {
		if !s.Matchers[i].Matches(k.Tags) {
			return false
		}
	}
	return true
}

// Pattern is a regular expression that a whole tag value must fit, in RE2's
// language. A dot does not stand for a line feed, as in Java.
type Pattern struct {
	text   string
	prefix string
	whole  bool           // the prefix is all there is
	open   bool           // behind the prefix anything may stand but the end of a line
	re     *regexp.Regexp // nil where that is all
}

// NewPattern compiles an expression. The error is the one of package regexp for
// the expression as it was given.
func NewPattern(text string) (*Pattern, error) {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	p := &Pattern{text: text}
	simple := parsed.Simplify()
	p.prefix, p.whole = literalPrefix(simple)
	p.open = openBehindLiteral(simple)
	if !p.whole && !p.open {
		p.re, err = regexp.Compile(`\A(?:` + parsed.String() + `)\z`)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Match tells whether the whole value fits.
func (p *Pattern) Match(value string) bool {
	switch {
	case p.whole:
		return value == p.prefix
	case !strings.HasPrefix(value, p.prefix):
		return false
	case p.open:
		return strings.IndexByte(value[len(p.prefix):], '\n') < 0
	}
	return p.re.MatchString(value)
}

// Prefix is a text that every fitting value begins with, so that an index can
// seek; whole means that it is the only value that fits.
func (p *Pattern) Prefix() (prefix string, whole bool) { return p.prefix, p.whole }

// String is the expression as it was given.
func (p *Pattern) String() string { return p.text }

// literalPrefix finds the literal that an expression begins with.
func literalPrefix(parsed *syntax.Regexp) (prefix string, whole bool) {
	parts := []*syntax.Regexp{parsed}
	if parsed.Op == syntax.OpConcat {
		parts = parsed.Sub
	}
	var b strings.Builder
	for i, p := range parts {
		if p.Op != syntax.OpLiteral || p.Flags&syntax.FoldCase != 0 {
			return b.String(), false
		}
		b.WriteString(string(p.Rune))
		whole = i == len(parts)-1
	}
	return b.String(), whole
}

// openBehindLiteral tells whether an expression is a literal and then .*, as most are
// that people write: such a one needs no machine.
func openBehindLiteral(parsed *syntax.Regexp) bool {
	if parsed.Op != syntax.OpConcat || len(parsed.Sub) != 2 {
		return false
	}
	first, rest := parsed.Sub[0], parsed.Sub[1]
	return first.Op == syntax.OpLiteral && first.Flags&syntax.FoldCase == 0 &&
		rest.Op == syntax.OpStar && rest.Sub[0].Op == syntax.OpAnyCharNotNL
}

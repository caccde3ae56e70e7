package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"aion/storage/points"
)

// Limits are what somebody's requests may take: each query but for Queries, which
// is how many run at once. A member that is zero says nothing: what counts then is
// the limit of the organization, else that of the role in the configuration, else
// the server's, which no other one exceeds.
type Limits struct {
	Points  int64  `json:"points,omitempty"`  // stored points that are read
	Series  int64  `json:"series,omitempty"`  // that are selected
	Groups  int64  `json:"groups,omitempty"`  // that are answered
	Memory  int64  `json:"memory,omitempty"`  // bytes that are held
	Timeout Length `json:"timeout,omitempty"` // to the last byte of the answer
	Queries int    `json:"queries,omitempty"` // at once
	Body    int64  `json:"body,omitempty"`    // bytes of a request, as sent
}

// Length is a length of time that is a text in JSON: 30s or 1h30m.
type Length time.Duration

// MarshalText writes Go's form of a duration.
func (l Length) MarshalText() ([]byte, error) { return []byte(time.Duration(l).String()), nil }

// UnmarshalText reads Go's form of a duration.
func (l *Length) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil || d < 0 {
		return fmt.Errorf("got %q, want a time such as 500ms, 30s or 1h30m", short(string(text)))
	}
	*l = Length(d)
	return nil
}

// String is Go's form of a duration.
func (l Length) String() string { return time.Duration(l).String() }

// limit is one member of Limits.
type limit struct {
	name  string
	value int64
	text  string
}

// all are the members in their order.
func (l Limits) all() [7]limit {
	count := func(name string, n int64) limit { return limit{name, n, fmt.Sprint(n)} }
	return [...]limit{
		count("points", l.Points), count("series", l.Series), count("groups", l.Groups), count("memory", l.Memory),
		{"timeout", int64(l.Timeout), l.Timeout.String()}, count("queries", int64(l.Queries)), count("body", l.Body),
	}
}

// String names the limits that are said: points=1000 timeout=30s.
func (l Limits) String() string {
	var said []string
	for _, m := range l.all() {
		if m.value != 0 {
			said = append(said, m.name+"="+m.text)
		}
	}
	return strings.Join(said, " ")
}

// maxQueries is how many queries at once a limit may allow.
const maxQueries = 1 << 16

// check tells what is wrong with limits.
func (l Limits) check() error {
	for _, m := range l.all() {
		if m.value < 0 {
			return points.Invalid("%s: got %s, want more than none", m.name, m.text)
		}
	}
	if l.Queries > maxQueries {
		return points.Invalid("queries: got %d, want %d at most", l.Queries, maxQueries)
	}
	return nil
}

// or are l with what l does not say as other says it.
func (l Limits) or(other Limits) Limits {
	return Limits{
		Points: cmp.Or(l.Points, other.Points), Series: cmp.Or(l.Series, other.Series), Groups: cmp.Or(l.Groups, other.Groups),
		Memory: cmp.Or(l.Memory, other.Memory), Timeout: cmp.Or(l.Timeout, other.Timeout),
		Queries: cmp.Or(l.Queries, other.Queries), Body: cmp.Or(l.Body, other.Body),
	}
}

// exceed tells, as an error, that somebody has given a key larger limits than his
// own, or none where his own record has one.
func (l Limits) exceed(p *Principal) error {
	own, effective := p.own.all(), p.Limits.all()
	for i, m := range l.all() {
		if most := effective[i]; m.value == 0 && own[i].value > 0 || most.value > 0 && m.value > most.value {
			return &DeniedError{Status: http.StatusForbidden, Reason: fmt.Sprintf("nobody can give a larger limit of %s than his own %s", m.name, most.text)}
		}
	}
	return nil
}

// errGone says that there is no such organization any more, so that nobody is of it.
var errGone = errors.New("the organization is gone")

// limit has somebody's limits be those that his record says, his organization's
// for what it does not say, and those of his role for what neither says. Where his
// organization is gone the error is errGone.
func (g *Guard) limit(ctx context.Context, now *state, p *Principal, own Limits) error {
	p.own, p.Limits = own, own
	if !p.unnamed {
		of, err := g.tenant(ctx, now, p.Organization)
		if err != nil {
			return fmt.Errorf("find the limits of an organization: %w", err)
		}
		if !of.there {
			return errGone
		}
		p.Limits = p.Limits.or(of.limits)
	}
	if g.config.Limits != nil {
		p.Limits = p.Limits.or(g.config.Limits(p.Role))
	}
	p.Limits.Queries = cmp.Or(p.Limits.Queries, g.config.Queries)
	return nil
}

package access

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"aion/storage/points"
)

// rank is a role's place among the roles.
func (r Role) rank() int { return slices.Index([]Role{Viewer, Member, Admin, Root}, r) }

// administrator is who asks, where that is somebody who may change things of the
// organization. Without rights at all the error is a DeniedError; with rights
// elsewhere it is missing, as for something that is not there.
func administrator(ctx context.Context, organization string, missing error) (*Principal, error) {
	p := From(ctx)
	switch {
	case p == nil:
		return nil, &DeniedError{Status: http.StatusUnauthorized, Reason: required}
	case !p.Administers(p.Organization):
		return nil, &DeniedError{Status: http.StatusForbidden, Reason: "the role admin is required"}
	case !p.Governs(organization):
		return nil, missing
	}
	return p, nil
}

// grants tells why p must not give somebody a role, as an error: nobody gives
// more than he has.
func grants(p *Principal, role Role) error {
	if role.rank() > p.Role.rank() {
		return &DeniedError{Status: http.StatusForbidden, Reason: "nobody can give the role " + string(role) + " who does not have it"}
	}
	return nil
}

// within holds a key that p makes, or changes from what it was, to what p has
// himself: his role, his end, his calls a minute and his limits. Where the key
// names no end or no limit it gets the one of his record.
func within(p *Principal, was, r *KeyRecord) error {
	if was != nil {
		if err := exceeds(p, was); err != nil { // nobody changes who may more
			return err
		}
	}
	if r.Expires == nil && !p.Expires.IsZero() {
		end := moment(p.Expires)
		r.Expires = &end
	}
	if r.RateLimit < 0 && p.RateLimit > 0 {
		r.RateLimit = p.RateLimit
	}
	r.Limits = r.Limits.or(p.own)
	return exceeds(p, r)
}

// exceeds tells, as an error, that a key has more than p.
func exceeds(p *Principal, r *KeyRecord) error {
	if err := grants(p, r.Role); err != nil {
		return err
	}
	switch {
	case !p.Expires.IsZero() && (r.Expires == nil || r.Expires.After(p.Expires)):
		return &DeniedError{Status: http.StatusForbidden, Reason: "nobody can give a longer time than his own, which ends at " + p.Expires.UTC().Format(time.RFC3339)}
	case p.RateLimit > 0 && (r.RateLimit < 0 || r.RateLimit > p.RateLimit):
		return &DeniedError{Status: http.StatusForbidden, Reason: fmt.Sprintf("nobody can give more calls a minute than his own %d", p.RateLimit)}
	}
	return r.Limits.exceed(p)
}

// lasts tells, as an error, that p must not give what has no end and no limits: his
// own time has one, or his own record has some.
func lasts(p *Principal) error {
	reason := ""
	switch {
	case !p.Expires.IsZero():
		reason = "users have no end, so that nobody gives them a password whose own time ends"
	case p.Limited(), p.RateLimit > 0:
		reason = "users have no limits of their own, so that nobody gives them a password who has some"
	default:
		return nil
	}
	return &DeniedError{Status: http.StatusForbidden, Reason: reason}
}

// normal checks a key's fields and fills in what is not given.
func (k *KeyRecord) normal() error {
	var problems []string
	note := func(field string, err error) {
		if err != nil {
			problems = append(problems, field+": "+err.Error())
		}
	}
	if k.Role == "" {
		k.Role = Member
	}
	_, err := ParseRole(string(k.Role))
	note("role", err)
	note("name", text(k.Name, 0))
	note("organization", text(k.Organization, 0))
	note("ownerId", text(k.Owner, 0))
	note("context", k.Context.normal())
	if k.RateLimit == 0 {
		k.RateLimit = -1
	}
	if k.RateLimit < -1 || k.RateLimit > maxRate {
		note("rateLimit", points.Invalid("got %d, want calls a minute up to %d, or -1 for any number", k.RateLimit, maxRate))
	}
	note("limits", k.Limits.check())
	if k.Expires != nil {
		end := moment(*k.Expires)
		k.Expires = &end
	}
	if len(k.Scopes) > maxList {
		note("scope", points.Invalid("got %d scopes, want %d at most", len(k.Scopes), maxList))
	}
	for _, s := range k.Scopes {
		note("scope", text(string(s), 1))
	}
	return invalid(problems)
}

// The most that a record may say.
const (
	maxText = 256
	maxList = 1000
	maxRate = 1_000_000
)

// normal checks the context and fills in what is not given.
func (c *Context) normal() error {
	switch c.Type {
	case "":
		c.Type = Account
	case Account, App, Device:
	default:
		return points.Invalid("got the type %q, want account, app or device", c.Type)
	}
	if c.IDs == nil {
		c.IDs = []string{}
	}
	switch {
	case !c.Whole() && len(c.IDs) == 0:
		return points.Invalid("got no ids, want those of the %ss", c.Type)
	case len(c.IDs) > maxList:
		return points.Invalid("got %d ids, want %d at most", len(c.IDs), maxList)
	}
	for _, id := range c.IDs {
		if err := text(id, 1); err != nil {
			return err
		}
	}
	return nil
}

// text checks a name or a word of a record: at least so many bytes.
func text(s string, least int) error {
	if len(s) < least || len(s) > maxText || !utf8.ValidString(s) || strings.ContainsFunc(s, control) {
		return points.Invalid("got %q, want %d to %d bytes of text", short(s), least, maxText)
	}
	return nil
}

// control tells whether a character would break lines and terminals.
func control(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 }

// short is the beginning of a text that may be long.
func short(s string) string {
	if len(s) > 64 {
		return strings.ToValidUTF8(s[:64], "") + "…"
	}
	return s
}

// identifier checks what names a key or a user: text that Basic can carry.
func identifier(s string) error {
	if err := text(s, 1); err != nil {
		return err
	}
	if strings.ContainsAny(s, ": \"\\/") {
		return points.Invalid("got %q, want it without spaces, colons, slashes and quotes", short(s))
	}
	return nil
}

// secretive checks a secret that somebody brings along. What is wrong with it is
// told without it.
func secretive(s string, least int) error {
	if len(s) < least || len(s) > maxText || !utf8.ValidString(s) || strings.ContainsFunc(s, control) {
		return points.Invalid("want %d to %d bytes of text without control characters", least, maxText)
	}
	return nil
}

// invalid is all problems as one error, or nil.
func invalid(problems []string) error {
	if len(problems) == 0 {
		return nil
	}
	return &points.InvalidError{Problems: problems}
}

// nowhere is an organization that nobody has.
const nowhere = "\x00"

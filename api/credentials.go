package api

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"aion/api/access"
)

// The headers that carry credentials.
const (
	authorization = "Authorization"
	apiKey        = "X-Apikey" // as net/http writes X-ApiKey
)

// The most that is read of credentials.
const (
	maxToken = 8 << 10
	maxBasic = 2 << 10
)

// challenges are the ways to authenticate that a 401 names.
var challenges = []string{`Basic realm="kairosdb"`, "Bearer"}

// shown are the credentials of a request: an id and a secret, a secret alone, or
// a token.
type shown struct{ id, secret, token string }

// errMalformed is the answer to credentials that cannot be read, and to several
// at once. It tells no more than that to wrong ones.
var errMalformed = &access.DeniedError{Status: http.StatusUnauthorized, Reason: "the credentials are not valid"}

// errNone is the answer where there are none.
var errNone = &access.DeniedError{Status: http.StatusUnauthorized, Reason: "credentials are required"}

// credentials reads the credentials of a request: exactly one header with exactly
// one value. Nothing is ever taken from the address.
func credentials(h http.Header) (shown, error) {
	basic, key := h[authorization], h[apiKey]
	switch {
	case len(basic)+len(key) == 0:
		return shown{}, errNone
	case len(basic)+len(key) > 1:
		return shown{}, errMalformed
	case len(key) == 1:
		return fromKey(key[0])
	}
	scheme, rest, _ := strings.Cut(basic[0], " ")
	rest = strings.TrimSpace(rest)
	switch {
	case strings.EqualFold(scheme, "Basic"):
		return fromBasic(rest)
	case strings.EqualFold(scheme, "Bearer") && rest != "" && len(rest) <= maxToken:
		return shown{token: rest}, nil
	}
	return shown{}, errMalformed
}

// fromKey reads what X-ApiKey says: an id and a secret with a colon between, or
// the secret alone.
func fromKey(text string) (shown, error) {
	id, secret, both := strings.Cut(text, ":")
	switch {
	case len(text) > maxBasic || text == "" || both && (id == "" || secret == ""):
		return shown{}, errMalformed
	case both:
		return shown{id: id, secret: secret}, nil
	}
	return shown{secret: text}, nil
}

// fromBasic reads what Basic says.
func fromBasic(text string) (shown, error) {
	if len(text) > maxBasic {
		return shown{}, errMalformed
	}
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return shown{}, errMalformed
	}
	id, secret, ok := strings.Cut(string(decoded), ":")
	if !ok || id == "" || secret == "" {
		return shown{}, errMalformed
	}
	return shown{id: id, secret: secret}, nil
}

// public tells whether a request needs no credentials, since its answer tells
// nothing: the health check, and what a browser asks before it asks.
func public(r *http.Request) bool {
	switch r.URL.EscapedPath() {
	case "/api/v1/health/check", "/api/v1/health/check/":
		return r.Method == http.MethodGet || r.Method == http.MethodHead
	}
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

// opens tells whether the protocol that owns the path of a request lets it in
// without credentials, because something else in it tells who asks.
func (s *Server) opens(r *http.Request) bool {
	p, ok := s.owner(r.URL.Path).(interface{ Opens(r *http.Request) bool })
	return ok && p.Opens(r)
}

// identify finds out who asks and tells it to all below. What is public passes
// without: nothing below is permitted to nobody.
func (s *Server) identify(c echo.Context, next echo.HandlerFunc) error {
	r := c.Request()
	if s.access == nil {
		return s.as(s.everyone, c, next)
	}
	if public(r) || s.opens(r) {
		s.tellWaiting(c)
		return next(c)
	}
	p, err := s.who(c)
	if err != nil {
		return err
	}
	return s.as(p, c, next)
}

// who is who asks.
func (s *Server) who(c echo.Context) (*access.Principal, error) {
	r := c.Request()
	from, err := credentials(r.Header)
	if err != nil {
		return nil, err
	}
	if from.token != "" && ofSession(from.token) {
		return s.session(r.Context(), from.token)
	}
	if from.token != "" {
		if s.tokens == nil {
			return nil, errMalformed
		}
		claims, err := s.tokens.Claims(r.Context(), from.token)
		if err != nil {
			return nil, err
		}
		return s.access.Bearer(r.Context(), claims)
	}
	address, err := netip.ParseAddr(c.RealIP())
	if err != nil {
		address = netip.Addr{}
	}
	return s.access.Admit(r.Context(), access.Credentials{ID: from.id, Secret: from.secret, From: address})
}

// revoked is why a request was ended in its middle, nil where it was not.
func revoked(ctx context.Context) error {
	var denied *access.DeniedError
	if errors.As(context.Cause(ctx), &denied) {
		return denied
	}
	return nil
}

// deny sets the headers of an answer to somebody who is not let in.
func deny(h http.Header, err error) {
	var denied *access.DeniedError
	if !errors.As(err, &denied) {
		return
	}
	switch denied.Status {
	case http.StatusUnauthorized:
		h["Www-Authenticate"] = challenges
	case http.StatusTooManyRequests:
		h.Set("Retry-After", strconv.Itoa(max(1, denied.After)))
	}
}

// figuresFor answers with the server's figures, which tell of all organizations:
// to those of the home who see all of it, and to root.
func (s *Server) figuresFor(show echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		switch p := access.From(c.Request().Context()); {
		case p == nil:
			return errNone
		case !seesFigures(p):
			return &access.DeniedError{Status: http.StatusForbidden, Reason: "the server's figures are for its home organization"}
		}
		return show(c)
	}
}

// seesFigures tells whether somebody may know of the server as a whole. Who works
// on a part of an organization may not, whatever the role.
func seesFigures(p *access.Principal) bool { return !p.Narrow() && (p.Role == access.Root || p.Home) }

package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/api/wire"
)

// as has a request be that of p, as long as p may go on and within what p's
// requests may take. One that may go on no longer ends although its client reads
// nothing.
func (s *Server) as(p *access.Principal, c echo.Context, next echo.HandlerFunc) error {
	r := c.Request()
	ctx := r.Context()
	switch {
	case s.access != nil:
		watched, release := s.access.Watch(ctx, p)
		defer release()
		ctx = watched
	case access.From(ctx) != p: // the connection has not told it
		ctx = access.With(ctx, p)
	}
	if ctx != r.Context() {
		c.SetRequest(r.WithContext(ctx))
	}
	if err := bound(c, p.Limits.Body); err != nil {
		return err
	}
	defer wire.Until(ctx, c.Response())()
	s.tellWaiting(c)
	return next(c)
}

// bound has the body of a request have so many bytes at most, as it is sent; 0: as
// many as its protocol takes.
func bound(c echo.Context, most int64) error {
	const name = "limits.body"
	r := c.Request()
	switch {
	case most == 0 || r.Body == http.NoBody:
	case r.ContentLength > most:
		return &wire.TooLargeError{Setting: name, Max: most}
	default:
		r.Body = wire.Body(c.Response(), r, name, most)
	}
	return nil
}

package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/api/wire"
	"aion/storage/points"
)

// observe is the middleware around all others. It holds back the beginning of the answer,
// turns errors and panics into answers (or cuts the connection when the answer
// has begun), counts, and writes the one record of the request.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		begun := s.now()
		hold := s.texts.HoldBack(c.Response().Writer, c.Request())
		c.Response().Writer = hold
		s.figures.began()
		err := s.guarded(next, c)
		status, whole := s.conclude(c, hold, err)
		took := s.now().Sub(begun)
		s.figures.ended(answered{c.Request().Method, c.Path(), status}, hold.Written(), took)
		if err == nil && hold.Whole() { // whose client need not wait for the record
			hold.Flush()
		}
		s.record(c, status, hold, took, whole, err)
		if !whole {
			hold.Abort()
		}
		return nil
	}
}

// guarded answers a request that is well and of somebody known, unless the server has
// ended, and recovers its panics.
func (s *Server) guarded(next echo.HandlerFunc, c echo.Context) error {
	if !s.running.TryRLock() {
		return errStopping
	}
	defer s.running.RUnlock()
	return points.Guarded(func() error {
		if err := s.health(c); err != nil {
			return err
		}
		return s.identify(c, next)
	})
}

// conclude ends the answer and tells the status for the record. Not whole: the
// connection must be cut, because a part was sent and the rest cannot be.
func (s *Server) conclude(c echo.Context, hold *wire.HoldBack, err error) (status int, whole bool) {
	if err != nil {
		err = ended(c.Request().Context(), err)
	}
	switch {
	case err == nil:
	case gone(c, hold):
		return statusClientGone, false
	case !hold.Reset():
		return statusOf(err), false
	default:
		c.SetResponse(echo.NewResponse(hold, s.echo))
		c.Error(err)
	}
	if hold.Finish() != nil || hold.Lost() != nil {
		return statusClientGone, false
	}
	return hold.Status(), true
}

// ended is why a request failed: because the server stops, because who asks may
// no longer, or err.
func ended(ctx context.Context, err error) error {
	if context.Cause(ctx) == errStopping {
		return errStopping
	}
	if denied := revoked(ctx); denied != nil {
		return denied
	}
	return err
}

// gone tells whether a request failed because nobody waits for its answer.
func gone(c echo.Context, hold *wire.HoldBack) bool {
	return hold.Lost() != nil || context.Cause(c.Request().Context()) == context.Canceled
}

// refused tells whether a status says that somebody may not do what he asks.
func refused(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusTooManyRequests
}

// Record is the message of the record of a request.
const Record = "request"

// record writes the one line about a request, who asked it included; that of a
// refusal belongs to the audit. Details of our own faults stand here and nowhere
// else.
func (s *Server) record(c echo.Context, status int, hold *wire.HoldBack, took time.Duration, whole bool, err error) {
	level := slog.LevelInfo
	r := c.Request()
	var room [16]slog.Attr
	attrs := append(room[:0],
		slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.Int("status", status), slog.Int64("bytes", hold.Written()),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000),
		slog.String("client", c.RealIP()))
	attrs = append(attrs, hold.Notes()...)
	if p := access.From(r.Context()); p != nil && p.Kind != access.Open {
		attrs = append(attrs, slog.String("by", p.ID), slog.String("by_kind", string(p.Kind)))
	}
	if s.access != nil && refused(status) {
		attrs = append(attrs, slog.Bool("audit", true))
		if denied := new(access.DeniedError); errors.As(err, &denied) && denied.Key != "" {
			attrs = append(attrs, slog.String("key", denied.Key))
		}
	}
	if !whole {
		attrs = append(attrs, slog.Bool("cut", true))
	}
	if err != nil && status != http.StatusNotFound && status != http.StatusMethodNotAllowed {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	if bug, ok := errors.AsType[*points.PanicError](err); ok {
		attrs = append(attrs, slog.String("stack", string(bug.Stack)))
	}
	s.write(r.Context(), level, attrs)
}

// write writes the record of a request. Unlike the logger's methods it does not look for
// the line that it is called from, which is always this one.
func (s *Server) write(ctx context.Context, level slog.Level, attrs []slog.Attr) {
	h := s.log.Handler()
	if !h.Enabled(ctx, level) {
		return
	}
	record := slog.NewRecord(time.Now(), level, Record, 0)
	record.AddAttrs(attrs...)
	// Where the log is gone there is nobody to tell.
	_ = h.Handle(ctx, record)
}

package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/labstack/echo/v4"

	"aion/storage/points"
)

// statusClientGone is logged where the client left before it had its answer.
// Nothing is sent then.
const statusClientGone = 499

// retryAfter is how many seconds a client is asked to wait after a 503.
const retryAfter = "5"

// What goes out in place of errors whose text is for the log alone.
var (
	errInternal = errors.New("internal error; the server's log has the details")
	errDamaged  = errors.New("what is stored of the names or records that this needs is damaged; the server's log says where")
	errLate     = errors.New("the request took longer than the server allows")
)

// statusOf is the one table from errors to statuses. An error that names its
// status itself is a protocol's own answer.
func statusOf(err error) int {
	var own interface{ StatusCode() int }
	var routed *echo.HTTPError
	var invalid *points.InvalidError
	switch {
	case errors.As(err, &own):
		return own.StatusCode()
	case errors.As(err, &routed):
		return routed.Code
	case errors.As(err, &invalid):
		return http.StatusBadRequest
	case errors.Is(err, points.ErrForbidden):
		return http.StatusForbidden
	case errors.Is(err, points.ErrLimit):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	case errors.Is(err, os.ErrDeadlineExceeded): // the client stalled while it sent
		return http.StatusRequestTimeout
	case errors.Is(err, points.ErrUnavailable), errors.Is(err, errStopping):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// outward is what a client may read of err: texts that were made for it pass,
// what tells of our inside does not.
func outward(status int, err error) error {
	var own interface{ StatusCode() int }
	var routed *echo.HTTPError
	var damaged *points.DamagedError
	switch {
	case errors.As(err, &own):
		return err
	case errors.As(err, &routed):
		return fmt.Errorf("%v", routed.Message)
	case errors.As(err, &damaged):
		return errors.New(damaged.Outward())
	case errors.Is(err, points.ErrCorrupt) && status == http.StatusInternalServerError:
		return errDamaged
	case err.Error() == context.DeadlineExceeded.Error():
		return errLate
	case status == http.StatusInternalServerError:
		return errInternal
	}
	return err
}

// writeError answers with err in the shape of the protocol that owns the path.
// It is echo's error handler; nothing of an answer has been sent when it is
// called.
func (s *Server) writeError(err error, c echo.Context) {
	status := statusOf(err)
	if status == http.StatusServiceUnavailable {
		c.Response().Header().Set("Retry-After", retryAfter)
	}
	deny(c.Response().Header(), err)
	out := outward(status, err)
	var failed error
	if p := s.owner(c.Request().URL.Path); p != nil {
		failed = p.WriteError(c, status, out)
	} else {
		failed = c.String(status, out.Error()+"\n")
	}
	if failed != nil {
		s.log.Debug("error not written", "error", failed)
	}
}

package connio

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"aion/aggregators"
	"aion/api/access"
	"aion/query/encode"
	"aion/query/fleet"
	"aion/storage/points"
)

// Fault is a request that is not answered, for a reason that the client is told.
type Fault struct {
	Status int
	Cause  string // for developers: what is wrong, and with which field
}

// Error is the cause.
func (f *Fault) Error() string { return f.Cause }

// StatusCode is the status of the answer.
func (f *Fault) StatusCode() int { return f.Status }

// bad is a request that is wrong in itself. The text names the field first.
func bad(format string, args ...any) error {
	return &Fault{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// missing is something that there is none of.
func missing(thing, ref string) error {
	return &Fault{http.StatusNotFound, fmt.Sprintf("there is no %s %q", thing, shortened(ref))}
}

// noEndpoint is a path that is nobody's.
func noEndpoint() error { return &Fault{http.StatusNotFound, "Resource not found"} }

// denied is something that the credentials do not allow.
func denied(cause string) error { return &Fault{http.StatusUnauthorized, cause} }

// outside is the answer to every reference that does not resolve inside the
// context of a key, whether there is such a thing elsewhere or not.
func outside() error { return denied("it is not in the context of the key") }

// refused gives errors of other packages that the client can mend their statuses.
func refused(err error) error {
	if err == nil {
		return nil
	}
	var unknown *fleet.UnknownError
	var property *aggregators.PropertyError
	var invalid *points.InvalidError
	var computed *aggregators.ComputeError
	switch {
	case errors.As(err, &unknown):
		return missing(unknown.Thing, unknown.Ref)
	case errors.Is(err, fleet.ErrAmbiguous), errors.Is(err, fleet.ErrTaken), errors.Is(err, fleet.ErrUsed):
		return &Fault{http.StatusConflict, err.Error()}
	case errors.As(err, &property), errors.As(err, &invalid):
		return bad("%v", err)
	case errors.As(err, &computed):
		return bad("aggregators: %v", computed)
	}
	return err
}

// kind is what an answer of a status is called, and what end users are told.
type kind struct{ code, message string }

// kindOf is the kind of the answers of a status.
func kindOf(status int) kind {
	switch status {
	case http.StatusUnauthorized:
		return kind{"Unauthorized", "The credentials are not valid, or they do not allow this."}
	case http.StatusForbidden:
		return kind{"Forbidden", "The request was understood and is refused."}
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return kind{"ResourceNotFound", "Requested endpoint is not valid. Make sure that there is no typo in the URL provided. See API documentation for details."}
	case http.StatusConflict:
		return kind{"Conflict", "The request conflicts with what is there already."}
	case http.StatusRequestEntityTooLarge:
		return kind{"LimitExceeded", "The request asks for more than the server allows."}
	case http.StatusTooManyRequests:
		return kind{"TooManyRequests", "There are too many requests with these credentials. Try again later."}
	case http.StatusNotImplemented:
		return kind{"NotImplemented", "The service does not offer this."}
	case http.StatusServiceUnavailable:
		return kind{"ServiceUnavailable", "The service is not available now. Try again later."}
	}
	if status >= http.StatusInternalServerError {
		return kind{"InternalServerError", "Something went wrong on our side."}
	}
	return kind{"BadRequest", "The request is not valid. See API documentation for details."}
}

// unserved is a call of methods of devices, which nobody runs here. Connio's
// status for what is not implemented is Service Unavailable.
type unserved struct{}

// Error says so.
func (unserved) Error() string { return "methods are not implemented" }

// StatusCode is Service Unavailable.
func (unserved) StatusCode() int { return http.StatusServiceUnavailable }

// WriteError answers with the array that Connio's clients read.
func (p *Protocol) WriteError(c echo.Context, status int, err error) error {
	h := c.Response().Header()
	allowOrigins(h)
	h.Del(echo.HeaderWWWAuthenticate)
	if refusal := new(access.DeniedError); errors.As(err, &refusal) {
		switch status {
		case http.StatusUnauthorized:
			h.Set(echo.HeaderWWWAuthenticate, `Basic realm="connio"`)
		case http.StatusForbidden:
			status = http.StatusUnauthorized
		}
	}
	if status == http.StatusMethodNotAllowed {
		status = http.StatusNotFound
	}
	k := kindOf(status)
	if errors.As(err, new(unserved)) {
		k = kindOf(http.StatusNotImplemented)
		h.Del(echo.HeaderRetryAfter)
	}
	cause := err.Error()
	if cause == "" {
		cause = http.StatusText(status)
	}
	text := append([]byte(`[{"code":"`), k.code...)
	text = encode.AppendString(append(text, `","cause":`...), cause)
	text = encode.AppendString(append(text, `,"message":`...), k.message)
	text = append(append(text, `,"moreInfoUrl":"https://docs.connio.com/v3/error/`...), strings.ToLower(k.code)...)
	return c.JSONBlob(status, append(text, `"}]`...))
}

// shortened is a text of a request as an error repeats it.
func shortened(text string) string {
	const most = 80
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

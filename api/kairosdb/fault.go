package kairosdb

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"aion/aggregators"
	"aion/api/kairosdb/gson"
	"aion/query/encode"
)

// Fault is an answer in KairosDB's shape that is no success.
type Fault struct {
	Status   int
	Messages []string // the errors; an empty one prints as null, as Java's exceptions without message do
}

// Error joins the messages.
func (f *Fault) Error() string { return strings.Join(f.Messages, "; ") }

// StatusCode is the answer's status.
func (f *Fault) StatusCode() int { return f.Status }

// bad is a request that KairosDB finds wrong.
func bad(messages ...string) error { return &Fault{http.StatusBadRequest, messages} }

// unparsed is a fault at which KairosDB's parser gives up, where bad alone is one
// that it finds when it checks what it has parsed. Roll-ups tell them apart.
type unparsed struct{ fault error }

// Error is the fault's.
func (u *unparsed) Error() string { return u.fault.Error() }

// Unwrap is the fault.
func (u *unparsed) Unwrap() error { return u.fault }

// garbled is a request that KairosDB's parser gives up at.
func garbled(message string) error { return &unparsed{bad(message)} }

// broken is a request that KairosDB fails at, be it ever so wrong.
func broken(message string) error { return &Fault{http.StatusInternalServerError, []string{message}} }

// thrown is the answer to an exception that leaves KairosDB's parser as it is.
func thrown(err error) error {
	if x, ok := errors.AsType[*gson.Error](err); ok {
		return broken(x.Message)
	}
	return err
}

// syntax is the answer to an exception that KairosDB takes for bad JSON.
func syntax(err error) error {
	if x, ok := errors.AsType[*gson.Error](err); ok {
		return garbled(x.Error())
	}
	return err
}

// converted is the answer to an exception inside Gson's fromJson: states that do
// not fit are bad JSON, all else leaves the parser.
func converted(err error) error {
	if x, ok := errors.AsType[*gson.Error](err); ok && x.Class == gson.State {
		return syntax(err)
	}
	return thrown(err)
}

// computed gives a failure in the arithmetic KairosDB's status and text.
func computed(err error) error {
	if x, ok := errors.AsType[*aggregators.ComputeError](err); ok {
		return broken(x.Message)
	}
	return err
}

// WriteError answers with an error. Statuses that KairosDB's router answers have
// no body.
func (p *Protocol) WriteError(c echo.Context, status int, err error) error {
	fault, own := errors.AsType[*Fault](err)
	h := c.Response().Header()
	switch {
	case own:
		return p.writeFault(c, fault)
	case status == http.StatusMethodNotAllowed:
		if r, _ := p.find(c.Request()); r != nil {
			h.Set(echo.HeaderAllow, r.allow())
		}
		return empty(c, status)
	case status == http.StatusNotFound, status == http.StatusNotAcceptable:
		return empty(c, status)
	}
	return p.writeFault(c, &Fault{status, []string{err.Error()}})
}

// refuse answers where a gate is closed. The answer carries no CORS header.
func (p *Protocol) refuse(c echo.Context, g gate) error {
	text := string(g) + " API methods are disabled on this KairosDB instance."
	if p.is().plainRefusal {
		text = `[{"Forbidden": "` + text + `"}]` + "\n"
	} else {
		text = `{"errors": ["Forbidden: ` + text + `"]}`
	}
	c.Response().Header().Set(echo.HeaderContentType, "application/json")
	return send(c, http.StatusForbidden, []byte(text))
}

// writeFault prints the messages under the header set that belongs to the
// status.
func (p *Protocol) writeFault(c echo.Context, f *Fault) error {
	if f.Status >= http.StatusInternalServerError {
		p.setA(c)
	} else {
		setB(c)
	}
	body := []byte(`{"errors":[`)
	for i, m := range f.Messages {
		if i > 0 {
			body = append(body, ',')
		}
		if m == "" {
			body = append(body, "null"...)
		} else {
			body = encode.AppendString(body, m)
		}
	}
	return send(c, f.Status, append(body, "]}"...))
}

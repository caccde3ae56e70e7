package yggio

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/query/fleet"
	"aion/storage/points"
)

// The texts of Yggio's answers.
const (
	textAuth      = "Auth error"
	textToken     = "Invalid authorization token"
	textForbidden = "Forbidden"
	textTaken     = "Duplicate key error"
)

// Fault is an answer that is no success, with its text.
type Fault struct {
	Status int
	Text   string
}

// Error is the text.
func (f *Fault) Error() string { return f.Text }

// StatusCode is the status of the answer.
func (f *Fault) StatusCode() int { return f.Status }

// invalid is the answer to a parameter or member that is wrong.
func invalid(name, format string, args ...any) error {
	return &Fault{http.StatusUnprocessableEntity, name + ": " + fmt.Sprintf(format, args...)}
}

// forbidden is the answer to who may not do what he asks.
func forbidden() error { return &Fault{http.StatusForbidden, textForbidden} }

// absent is the answer where there is no iotnode that a reference means, or none
// that may be seen. field says what the reference is of it.
func absent(field, ref string) error {
	return &Fault{http.StatusNotFound, fmt.Sprintf("Could not find entity with query { '%s': '%s' }", field, ref)}
}

// byPath is the field that a path names an iotnode by, as Yggio's own answers call
// it.
const byPath = "orionId.id"

// refused gives what is wrong with a record its answer in Yggio's words.
func refused(err error) error {
	var bad *points.InvalidError
	switch {
	case errors.Is(err, fleet.ErrTaken):
		return &Fault{http.StatusConflict, textTaken}
	case errors.As(err, &bad):
		return &Fault{http.StatusUnprocessableEntity, strings.Join(bad.Problems, "; ")}
	}
	return err
}

// WriteError answers with a plain text, which Yggio says is HTML.
func (p *Protocol) WriteError(c echo.Context, status int, err error) error {
	allowOrigins(c)
	h, r := c.Response().Header(), c.Request()
	text := err.Error()
	var denied *access.DeniedError
	switch {
	case errors.As(err, &denied):
		status, text = p.denied(r, denied)
		if status != http.StatusUnauthorized {
			h.Del(echo.HeaderWWWAuthenticate)
		}
	case status == http.StatusMethodNotAllowed:
		h.Set(echo.HeaderAllow, strings.Join(append(p.methods(r.URL.EscapedPath()), http.MethodOptions), ", "))
		text = http.StatusText(status)
	case text == "":
		text = http.StatusText(status)
	}
	h.Set(echo.HeaderXContentTypeOptions, "nosniff")
	return c.Blob(status, "text/html; charset=utf-8", []byte(escaped(text)))
}

// escaped is a text without what a browser would take for HTML, and without what
// is no UTF-8: the text is shown as it stands, and may repeat what the request said.
func escaped(text string) string {
	return strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(strings.ToValidUTF8(text, "\uFFFD"))
}

// denied is the answer to somebody who is not let in: a token that is not valid is
// told apart from one that has ended, after which clients log in again.
func (p *Protocol) denied(r *http.Request, d *access.DeniedError) (status int, text string) {
	switch d.Status {
	case http.StatusForbidden:
		return d.Status, textForbidden
	case http.StatusUnauthorized:
	default:
		return d.Status, d.Reason
	}
	scheme, token, _ := strings.Cut(r.Header.Get(echo.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "Bearer") || p.ended(strings.TrimSpace(token)) || p.Opens(r) {
		return http.StatusUnauthorized, textAuth
	}
	return http.StatusUnprocessableEntity, textToken
}

// ended tells whether a token says of itself that it has ended.
func (p *Protocol) ended(token string) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	var said struct {
		Ends float64 `json:"exp"`
	}
	if err != nil || json.Unmarshal(text, &said) != nil || said.Ends == 0 {
		return false
	}
	return float64(p.Now().UnixMilli()) >= said.Ends*float64(time.Second/time.Millisecond)
}

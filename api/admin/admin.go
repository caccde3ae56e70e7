// Package admin is the operator's REST API below /api/admin/v1: keys, users,
// organizations, devices and what was done with them. It answers JSON, an error as
// {"errors":[…]}. Who may do what decides package access, from who asks.
package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/api/wire"
	"aion/query/fleet"
	"aion/storage"
	"aion/storage/catalog"
	"aion/storage/points"
)

// Prefix is what the paths of all routes begin with.
const Prefix = "/api/admin/v1"

// Config is what the protocol is made of.
type Config struct {
	Access *access.Guard
	Fleet  *fleet.Fleet // nil: there are no routes of devices, profiles and apps

	// Shift makes what plans are tried by, over records that are changed in their
	// place, and Catalog is those records. Nil: there is no route of plans.
	Shift   func(*catalog.Catalog) Shift
	Catalog *catalog.Catalog

	// Texts is KairosDB's key store, whose values and roll-up tasks go with their
	// organization. Nil: there is none.
	Texts storage.Services

	// Kinds are the kinds of the records of protocols that go with their
	// organization: those whose ids begin with its escaped name and a slash.
	Kinds []string

	MaxBody   int64 // bytes of a request's body; 0: 16 MiB
	MaxIngest int64 // bytes of an import; 0: 256 MiB
}

// Protocol is the API.
type Protocol struct{ Config }

// New makes the API.
func New(c Config) *Protocol {
	if c.MaxBody == 0 {
		c.MaxBody = 16 << 20
	}
	if c.MaxIngest == 0 {
		c.MaxIngest = 256 << 20
	}
	return &Protocol{c}
}

// Routes adds the routes.
func (p *Protocol) Routes(e *echo.Echo) {
	g := e.Group(Prefix)
	p.keys(g)
	p.users(g)
	p.organizations(g)
	if p.Fleet != nil {
		p.devices(g)
		p.profiles(g)
	}
	if p.Shift != nil {
		g.POST("/provision", p.provision)
	}
}

// Owns is what lies below the prefix.
func (p *Protocol) Owns(path string) bool {
	return path == Prefix || strings.HasPrefix(path, Prefix+"/")
}

// WriteError answers {"errors":[…]}.
func (p *Protocol) WriteError(c echo.Context, status int, err error) error {
	texts := []string{err.Error()}
	if invalid := new(points.InvalidError); errors.As(err, &invalid) && len(invalid.Problems) > 1 {
		texts = invalid.Problems
	}
	return answer(c, status, map[string][]string{"errors": texts})
}

// answer sends a value as JSON. What it says of keys is not for caches.
func answer(c echo.Context, status int, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.Blob(status, "application/json", append(text, '\n'))
}

// bound is the most that is read of a body, and the setting that says so.
type bound struct {
	setting string
	max     int64
}

// body is the bound on most bodies.
func (p *Protocol) body() bound { return bound{"http.max-body", p.MaxBody} }

// read reads a request's body into v, which may say already what the body leaves
// out. A member that v does not have is an error.
func (p *Protocol) read(c echo.Context, v any, most bound) error {
	body := wire.Body(c.Response(), c.Request(), most.setting, most.max)
	defer body.Close()
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return nil
		}
		err = errors.New("there is something behind the JSON")
	}
	return misread(err)
}

// misread is what is wrong with a body, in words.
func misread(err error) error {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	name, unknown := strings.CutPrefix(err.Error(), "json: unknown field ")
	switch {
	case errors.Is(err, points.ErrLimit):
		return err
	case unknown:
		return points.Invalid("there is no member %s", name)
	case errors.As(err, &kind) && kind.Field == "":
		return points.Invalid("got a JSON %s, want %s", kind.Value, wanted(kind.Type))
	case errors.As(err, &kind):
		return points.Invalid("%s: got a JSON %s, want %s", kind.Field, kind.Value, wanted(kind.Type))
	case errors.As(err, &syntax), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return points.Invalid("the body is not JSON: %v", err)
	}
	return points.Invalid("%v", err)
}

// param is a part of the path.
func param(c echo.Context, name string) (string, error) {
	text := c.Param(name)
	if c.Request().URL.RawPath == "" {
		return text, nil
	}
	plain, err := url.PathUnescape(text)
	if err != nil {
		return "", points.Invalid("%s: %v", name, err)
	}
	return plain, nil
}

// maxPage is how many records a page has at most.
const maxPage = 1000

// page is what a request wants of a list: ?after=ID&limit=N&organization=ID.
func page(c echo.Context) (access.Page, error) {
	q := c.QueryParams()
	for name := range q {
		if name != "after" && name != "limit" && name != "organization" {
			return access.Page{}, points.Invalid("there is no parameter %q", name)
		}
	}
	page := access.Page{After: q.Get("after"), Organization: q.Get("organization"), Limit: 100}
	if text := q.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxPage {
			return page, points.Invalid("limit: got %q, want 1 to %d", text, maxPage)
		}
		page.Limit = n
	}
	return page, nil
}

// listed answers a page of records under a name, and in next the id to go on
// behind, unless it is the last.
func listed[T any](c echo.Context, name string, list func(access.Page) ([]T, error), id func(*T) string) error {
	page, err := page(c)
	if err != nil {
		return err
	}
	all, err := list(page)
	if err != nil {
		return err
	}
	if all == nil {
		all = []T{}
	}
	body := map[string]any{name: all}
	if len(all) == page.Limit {
		body["next"] = id(&all[len(all)-1])
	}
	return answer(c, http.StatusOK, body)
}

// place is the address of a record, for the header Location.
func place(c echo.Context, of, id string) {
	c.Response().Header().Set(echo.HeaderLocation, fmt.Sprintf("%s/%s/%s", Prefix, of, url.PathEscape(id)))
}

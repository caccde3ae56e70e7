package kairosdb

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
)

// Values of headers that nearly every answer has. Answers share them, under keys in
// their canonical form: values are replaced, never changed.
var (
	anyOrigin = []string{"*"}
	noCache   = []string{"no-cache"}
	expired   = []string{"0"}
	varyJSON  = []string{varies}
	varyTable = []string{"Accept, " + varies}
)

// varies is what else than its address decides on the bytes of an answer.
const varies = "Accept-Encoding, User-Agent"

// setA sets the headers of answers that must not be kept: all successes and the
// failures that KairosDB does not expect.
func (p *Protocol) setA(c echo.Context) {
	h := c.Response().Header()
	h[echo.HeaderAccessControlAllowOrigin] = anyOrigin
	h["Pragma"] = noCache
	h[echo.HeaderCacheControl] = noCache
	h["Expires"] = expired
	p.setType(h)
}

// setType sets the content type as the release's Jetty prints it.
func (p *Protocol) setType(h http.Header) { h[echo.HeaderContentType] = p.mediaA }

// mediaA is the content type of answers of a release.
func (r release) mediaA() string {
	separator := ";"
	if r.charset == "charset=UTF-8" {
		separator = "; "
	}
	return mediaJSON + separator + r.charset
}

// setB sets the headers of answers to requests that are wrong.
func setB(c echo.Context) {
	h := c.Response().Header()
	h.Set(echo.HeaderAccessControlAllowOrigin, "*")
	h.Set(echo.HeaderContentType, "application/json")
}

// empty answers without a body.
func empty(c echo.Context, status int) error {
	if status != http.StatusNoContent {
		c.Response().Header().Set(echo.HeaderContentLength, "0")
	}
	return c.NoContent(status)
}

// send answers with a body whose headers are set.
func send(c echo.Context, status int, body []byte) error {
	c.Response().WriteHeader(status)
	_, err := c.Response().Write(body)
	return err
}

// done answers that all went well and there is nothing to say.
func (p *Protocol) done(c echo.Context) error {
	p.setA(c)
	return empty(c, http.StatusNoContent)
}

// preflight answers OPTIONS. KairosDB misspells the header that names the
// methods; browsers need the right one, so both are sent.
func (p *Protocol) preflight(c echo.Context) error {
	asked, h := c.Request().Header, c.Response().Header()
	h.Set(echo.HeaderAccessControlAllowOrigin, "*")
	h.Set(echo.HeaderAccessControlMaxAge, "86400")
	p.setType(h)
	if names := asked[echo.HeaderAccessControlRequestHeaders]; len(names) != 0 {
		h.Set(echo.HeaderAccessControlAllowHeaders, names[0])
	}
	if method := asked.Get(echo.HeaderAccessControlRequestMethod); method != "" {
		h["Access-Control-Allow_Method"] = []string{method}
		if r, _ := p.find(c.Request()); r != nil {
			h.Set(echo.HeaderAccessControlAllowMethods, r.allow())
		}
	}
	return empty(c, http.StatusOK)
}

// acceptsGzip tells whether the client takes compressed answers.
func acceptsGzip(h http.Header) bool {
	for part := range strings.SplitSeq(strings.Join(h[echo.HeaderAcceptEncoding], ","), ",") {
		name, parameters, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			_, q, _ := strings.Cut(parameters, "q=")
			return quality(strings.TrimSpace(q)) > 0
		}
	}
	return false
}

// quality is the weight that a header gives to a choice; without one that can be
// read it is 1, as with Jetty.
func quality(q string) float64 {
	v, err := strconv.ParseFloat(q, 64)
	if err != nil {
		return 1
	}
	return v
}

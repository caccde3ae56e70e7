package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"aion/api/access"
)

// health says no for every protocol's health check as soon as the server stops,
// so that balancers turn away while requests still drain. Until then the
// protocols answer for themselves.
func (s *Server) health(c echo.Context) error {
	if s.stopping.Load() && strings.HasSuffix(strings.TrimSuffix(c.Request().URL.Path, "/"), "/health/check") {
		return echo.NewHTTPError(http.StatusServiceUnavailable, errStopping.Error())
	}
	return nil
}

// WaitingHeader is the header of an answer that may lack points, because they
// wait for the store to come back. Its value is their number.
const WaitingHeader = "Aion-Waiting-Points"

// tellWaiting says how many points wait when the request begins: whoever reads
// then may miss them. Since they are those of all organizations, it says so to
// those who may see the server's figures.
func (s *Server) tellWaiting(c echo.Context) {
	if n := s.waiting(); n > 0 && seesFigures(access.From(c.Request().Context())) {
		c.Response().Header().Set(WaitingHeader, strconv.FormatInt(n, 10))
	}
}

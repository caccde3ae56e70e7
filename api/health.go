package api

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// health says no for every protocol's health check as soon as the server stops,
// so that balancers turn away while requests still drain. Until then the
// protocols answer for themselves.
func (s *Server) health(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if s.stopping.Load() && strings.HasSuffix(strings.TrimSuffix(c.Request().URL.Path, "/"), "/health/check") {
			return echo.NewHTTPError(http.StatusServiceUnavailable, errStopping.Error())
		}
		return next(c)
	}
}

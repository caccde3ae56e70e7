package api_test

import (
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/labstack/echo/v4"

	"aion/api"
)

// TestTrustedProxies: only what a trusted proxy has added counts, from the right.
func TestTrustedProxies(t *testing.T) {
	address := func(c echo.Context) error { return c.String(200, c.RealIP()) }
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	tests := []struct {
		name    string
		trusted []netip.Prefix
		from    string
		headers []string
		want    string
	}{
		{"nobody is trusted", nil, "10.0.0.1:1", []string{"1.1.1.1"}, "10.0.0.1"},
		{"loopback is not", nil, "127.0.0.1:1", []string{"1.1.1.1"}, "127.0.0.1"},
		{"who is not a proxy", trusted, "192.168.0.1:1", []string{"1.1.1.1"}, "192.168.0.1"},
		{"a proxy", trusted, "10.0.0.1:1", []string{"1.1.1.1"}, "1.1.1.1"},
		{"two proxies", trusted, "10.0.0.1:1", []string{"1.1.1.1, 10.0.0.2"}, "1.1.1.1"},
		{"a smuggled address", trusted, "10.0.0.1:1", []string{"9.9.9.9, 1.1.1.1"}, "1.1.1.1"},
		{"a smuggled header", trusted, "10.0.0.1:1", []string{"9.9.9.9", "1.1.1.1"}, "1.1.1.1"},
		{"a smuggled proxy", trusted, "10.0.0.1:1", []string{"10.9.9.9, 1.1.1.1"}, "1.1.1.1"},
		{"no address", trusted, "10.0.0.1:1", []string{"1.1.1.1, unknown"}, "10.0.0.1"},
		{"nothing", trusted, "10.0.0.1:1", nil, "10.0.0.1"},
		{"version 6", trusted, "[fd00::1]:1", []string{"2001:db8::1"}, "2001:db8::1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := api.New(api.Config{TrustedProxies: tt.trusted, Protocols: []api.Protocol{plain{"/p/x": address}}})
			r := httptest.NewRequest("GET", "/p/x", nil)
			r.RemoteAddr = tt.from
			for _, h := range tt.headers {
				r.Header.Add("X-Forwarded-For", h)
			}
			r.Header.Set("X-Real-Ip", "8.8.8.8")
			r.Header.Set("Forwarded", "for=8.8.8.8")
			rec := httptest.NewRecorder()
			s.Handler().ServeHTTP(rec, r)
			if got := rec.Body.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"

	"aion/api"
	"aion/api/access"
)

// authSettings are about who may come in.
type authSettings struct {
	Mode string `default:"auto" enum:"auto,off,required" help:"Who is asked for credentials: required asks everybody, off nobody, auto nobody on a loopback address, unless tokens, a user, a certificate or proxies are set, and everybody elsewhere."`

	tokenSettings
}

// organizationSettings are about tenants.
type organizationSettings struct {
	Tag string `default:"organization" help:"Tag whose value is the tenant that a series belongs to. It counts once there is a second tenant."`
}

// deviceSettings are about devices.
type deviceSettings struct {
	Tag string `default:"device" help:"Tag whose value is the device that a series belongs to, for keys that are for some devices alone."`
}

// asks tells whether the server asks for credentials. Whoever says whose tokens
// are good, shows a certificate or stands behind a proxy has others to ask, on a
// loopback address, too.
func (s *serveCommand) asks() bool {
	if s.Auth.Mode != "auto" {
		return s.Auth.Mode == "required"
	}
	host, _, err := net.SplitHostPort(s.HTTP.Listen)
	return err != nil || !loopback(host) || s.KairosDB.BasicUser != "" || s.Auth.given() || s.HTTP.TLSCert != "" || len(s.HTTP.TrustedProxies) != 0
}

// checkAccess checks the settings about who may come in.
func (s *serveCommand) checkAccess() error {
	if _, err := s.KairosDB.basic(); err != nil {
		return err
	}
	if s.KairosDB.BasicUser != "" && s.Auth.Mode == "off" {
		return fmt.Errorf("--kairosdb.basic-user: got %q, but with --auth.mode=off nobody is asked; want auto or required", s.KairosDB.BasicUser)
	}
	if s.Organization.Tag == "" || s.Device.Tag == "" || s.Organization.Tag == s.Device.Tag {
		return fmt.Errorf("--organization.tag, --device.tag: got %q and %q, want two tags", s.Organization.Tag, s.Device.Tag)
	}
	if err := s.HTTP.check(); err != nil {
		return err
	}
	_, err := s.Auth.config()
	return err
}

// asked is the guard if the server asks for credentials, and else nil.
func (s *serveCommand) asked(guard *access.Guard) *access.Guard {
	if s.asks() {
		return guard
	}
	return nil
}

// beginAccess makes the first key of a server that asks for one. In the log of one
// that asks nobody it says that there are keys, which hold nobody up there.
func (s *serveCommand) beginAccess(ctx context.Context, guard *access.Guard, to io.Writer, log *slog.Logger) error {
	if s.asks() {
		return openFirst(ctx, guard, to)
	}
	keys, err := guard.Keys.List(access.With(ctx, access.Everyone()), access.Page{Limit: 1})
	switch {
	case err != nil: // a store that is away does not keep such a server from starting
		log.Warn("keys not looked at", "error", err)
	case len(keys) != 0:
		log.Warn("there are keys, and nobody is asked for one", "setting", "auth.mode", "value", s.Auth.Mode)
	}
	return nil
}

// openFirst makes and prints the first key of a store that has none, if the server
// asks for one. It is shown this once.
func openFirst(ctx context.Context, guard *access.Guard, to io.Writer) error {
	key, made, err := guard.Keys.First(ctx)
	if err != nil {
		return fmt.Errorf("make the first key: %w", err)
	}
	if !made {
		return nil
	}
	_, err = fmt.Fprintf(to, "Credentials are required, and there were no keys. This one may do everything; it is shown this once:\n"+
		"  id      %s\n  secret  %s\n", key.ID, key.Secret)
	return err
}

// showAccess shows at /metrics what was refused.
func showAccess(figures *api.Figures, guard *access.Guard) {
	figures.Counter("aion_access_refused_total", "Requests whose credentials were wrong.", func() float64 { return float64(guard.Figures().Refused) })
	figures.Counter("aion_access_limited_total", "Calls and logins that were too many.", func() float64 { return float64(guard.Figures().Limited) })
}

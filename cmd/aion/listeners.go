package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"aion/aggregators"
	"aion/api"
	"aion/api/kairosdb"
	"aion/api/stream"
	"aion/api/telnet"
	"aion/storage"
)

// telnetSettings are about KairosDB's text protocol.
type telnetSettings struct {
	Listen         string   `default:"127.0.0.1:4242" help:"Address of KairosDB's text protocol (put, putm, puts, version). Port 0 picks a free one; empty switches it off."`
	MaxLine        size     `default:"16KiB" help:"Longest line, as KairosDB's max_command_size; a longer one is refused."`
	MaxConnections count    `default:"20000" help:"Connections at a time; others are turned away."`
	Trusted        []string `placeholder:"NETWORK" help:"Networks such as 10.0.0.0/8 that may send without credentials where the address is no loopback one. Others are turned away; where the server asks for credentials, they begin with the line auth ID SECRET."`
}

// listener is a way in beside HTTP, on its address.
type listener struct {
	net.Listener
	name   string
	server *stream.Server
}

// listeners are the ways in beside HTTP.
type listeners []listener

// listen opens the ways in that the settings name.
func (s *serveCommand) listen(ctx context.Context, store storage.Writer, door stream.Door, figures *api.Figures, log *slog.Logger) (all listeners, err error) {
	version := s.KairosDB.VersionText
	if release, _ := aggregators.ParseRelease(s.KairosDB.Release); version == "" {
		version = kairosdb.VersionText(release)
	}
	trusted, _ := networks(s.Telnet.Trusted)
	grace := time.Duration(s.Shutdown.Grace)
	all, err = all.open(ctx, "telnet", "telnet.listen", s.Telnet.Listen, func() *stream.Server {
		return telnet.New(telnet.Config{
			Store: store, Log: log, Version: version, MaxLine: int(s.Telnet.MaxLine),
			MaxConnections: int(s.Telnet.MaxConnections), Trusted: trusted, Door: door, Grace: grace,
		})
	})
	if err == nil {
		all, err = s.listenCarbon(ctx, all, store, log)
	}
	if err != nil {
		return nil, errors.Join(err, all.close())
	}
	for _, l := range all {
		showStream(figures, l.name, l.server)
	}
	return all, nil
}

// open opens one more, unless its address is empty.
func (l listeners) open(ctx context.Context, name, setting, address string, server func() *stream.Server) (listeners, error) {
	if address == "" {
		return l, nil
	}
	opened, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return l, fmt.Errorf("--%s: %w", setting, err)
	}
	return append(l, listener{opened, name, server()}), nil
}

// close closes listeners that are not served.
func (l listeners) close() error {
	var err error
	for _, one := range l {
		err = errors.Join(err, one.Close())
	}
	return err
}

// addresses are what the start line says of them.
func (l listeners) addresses() []any {
	var attrs []any
	for _, one := range l {
		attrs = append(attrs, one.name, one.Addr().String())
	}
	return attrs
}

// serve runs them all beside main until ctx ends, or one of them fails, which
// ends the others. It answers when all have stopped.
func (l listeners) serve(ctx context.Context, main func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error)
	run := func(serve func() error) {
		err := serve()
		cancel()
		ended <- err
	}
	go run(func() error { return main(ctx) })
	for _, one := range l {
		go run(func() error { return one.server.Serve(ctx, one.Listener) })
	}
	var err error
	for range len(l) + 1 {
		err = errors.Join(err, <-ended)
	}
	return err
}

// showStream shows at /metrics what a way in has done.
func showStream(figures *api.Figures, name string, s *stream.Server) {
	figures.Gauge("aion_"+name+"_connections", "Connections that are open.", func() float64 { return float64(s.Figures().Connections) })
	figures.Gauge("aion_"+name+"_waiting_bytes", "Bytes received whose points are not stored yet.", func() float64 { return float64(s.Figures().BytesWaiting) })
	for _, c := range []struct {
		name, help string
		value      func(stream.Figures) int64
	}{
		{"connections_turned_away_total", "Connections that were too many or not trusted.", func(f stream.Figures) int64 { return f.TurnedAway }},
		{"points_total", "Points stored.", func(f stream.Figures) int64 { return f.Points }},
		{"refused_total", "Lines, or points of a message, that were refused; the log has reasons.", func(f stream.Figures) int64 { return f.Refused }},
		{"lost_points_total", "Points that the store did not take until they had to be given up.", func(f stream.Figures) int64 { return f.Lost }},
	} {
		figures.Counter("aion_"+name+"_"+c.name, c.help, func() float64 { return float64(c.value(s.Figures())) })
	}
}

// networks reads a list of networks.
func networks(texts []string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, text := range texts {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("got %q, want a network such as 10.0.0.0/8 or fd00::/8", text)
		}
		list = append(list, p)
	}
	return list, nil
}

// checkListeners checks the settings of the ways in beside HTTP.
func (s *serveCommand) checkListeners() error {
	if err := s.checkListener("telnet", "telnet.listen", s.Telnet.Listen, s.Telnet.Trusted); err != nil {
		return err
	}
	if err := s.checkCarbon(); err != nil {
		return err
	}
	return s.checkRemoteWrite()
}

// checkListener checks an address and who is trusted there.
func (s *serveCommand) checkListener(section, setting, address string, trusted []string) error {
	if _, err := networks(trusted); err != nil {
		return fmt.Errorf("--%s.trusted: %w", section, err)
	}
	if address == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("--%s: got %q, want HOST:PORT such as 127.0.0.1:4242, or nothing", setting, address)
	}
	asked := section == "telnet" && s.asks() // in the first line
	if s.Auth.Mode != "off" && !loopback(host) && len(trusted) == 0 && !asked {
		return fmt.Errorf("--%s: got %q, which others can reach without credentials; want a loopback address, --%s.trusted, or --auth.mode=off", setting, address, section)
	}
	return nil
}

// Package api is the HTTP server around the protocols: middleware, the one table
// from errors to statuses, figures, and an orderly stop. It knows protocols by
// interface alone.
package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/api/wire"
)

// Protocol is what the server mounts.
type Protocol interface {
	// Routes adds the protocol's routes.
	Routes(e *echo.Echo)

	// Owns tells whether failures on that path have this protocol's shape, which
	// includes paths that have no route.
	Owns(path string) bool

	// WriteError answers with the error as the protocol shows it. An error that
	// names its status itself (StatusCode() int) keeps it.
	WriteError(c echo.Context, status int, err error) error
}

// Config is what a Server is made of. The zero value serves figures alone.
type Config struct {
	Log       *slog.Logger // nil: nothing is logged
	Protocols []Protocol   // the first that owns a path has it
	Figures   *Figures     // nil: figures of its own
	Welcome   string       // what / answers; empty: there is nothing
	Grace     time.Duration
	Now       func() time.Time // nil: time.Now

	// Waiting is how many points were acknowledged and cannot be read yet. While
	// there are some, answers to those who may see Figures say so in WaitingHeader.
	// Nil: there are none.
	Waiting func() int64

	// Access finds out who asks. Nil: nobody is asked, and everyone may do
	// everything.
	Access *access.Guard
	Tokens *Tokens // nil: no token is taken

	// TrustedProxies are the networks whose X-Forwarded-For counts: the client is
	// the last address there that lies in none of them.
	TrustedProxies []netip.Prefix
}

// Server answers HTTP requests.
type Server struct {
	log       *slog.Logger
	protocols []Protocol
	figures   *Figures
	grace     time.Duration
	now       func() time.Time
	waiting   func() int64
	texts     wire.Texts        // what answers begin with
	everyone  *access.Principal // who asks where nobody is asked
	access    *access.Guard
	tokens    *Tokens
	echo      *echo.Echo
	stopping  atomic.Bool
	running   sync.RWMutex // held shared by every request; for good once Serve has ended
}

// errStopping is the cause of the end of requests that outlive the grace time.
var errStopping = errors.New("the server is stopping")

// New is a server over the protocols of c.
func New(c Config) *Server {
	s := &Server{log: c.Log, protocols: slices.Clone(c.Protocols), figures: c.Figures, grace: c.Grace, now: c.Now, waiting: c.Waiting, everyone: access.Everyone(), access: c.Access, tokens: c.Tokens}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.figures == nil {
		s.figures = NewFigures()
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.waiting == nil {
		s.waiting = func() int64 { return 0 }
	}
	s.echo = echo.New()
	s.echo.IPExtractor = clientOf(c.TrustedProxies)
	s.echo.HTTPErrorHandler = s.writeError
	s.echo.Pre(s.observe)
	for _, p := range s.protocols {
		p.Routes(s.echo)
	}
	for _, path := range []string{"/metrics", "/metrics/"} {
		s.echo.Match([]string{http.MethodGet, http.MethodHead}, path, s.figuresFor(echo.WrapHandler(s.figures.handler())))
	}
	if c.Welcome != "" {
		s.echo.Match([]string{http.MethodGet, http.MethodHead}, "/", func(e echo.Context) error { return e.String(http.StatusOK, c.Welcome) })
	}
	return s
}

// clientOf finds the client's address behind proxies in these networks.
func clientOf(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range trusted {
		p = p.Masked()
		options = append(options, echo.TrustIPRange(&net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

// Handler is the server without a listener.
func (s *Server) Handler() http.Handler { return s.echo }

// Serve answers what comes in at the listener until ctx ends; then it stops in
// order: health says no, the listener closes, requests under way have the grace
// time to end, the contexts of those that have not are cancelled. When it
// returns no request is under way, and none is taken any more. It answers nil
// when it was stopped by ctx.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	requests, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(errStopping)
	server := &http.Server{
		Handler:           s.echo,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       120 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ConnContext:       s.connected,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	var beside sync.WaitGroup
	defer beside.Wait()
	if s.access != nil {
		beside.Go(func() { s.access.Run(requests) })
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(wire.Gathering(listener)) }()
	select {
	case err := <-served:
		s.await(cancel, server)
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	s.stopping.Store(true)
	grace, done := context.WithTimeout(context.WithoutCancel(ctx), s.grace)
	defer done()
	if err := server.Shutdown(grace); err != nil {
		s.log.Warn("requests outlived the grace time", "grace", s.grace)
	}
	s.await(cancel, server)
	<-served
	return nil
}

// connected tells the requests of a connection of it, and who asks where nobody is
// asked, which is the same for all of them.
func (s *Server) connected(ctx context.Context, c net.Conn) context.Context {
	if s.access == nil {
		ctx = access.With(ctx, s.everyone)
	}
	return wire.Connected(ctx, c)
}

// await ends the requests that are left and waits for them.
func (s *Server) await(cancel context.CancelCauseFunc, server *http.Server) {
	cancel(errStopping)
	// What cannot be closed is gone already: nothing is left to do about it.
	_ = server.Close()
	s.running.Lock()
}

// owner is the protocol whose shape failures on that path have, or nil.
func (s *Server) owner(path string) Protocol {
	for _, p := range s.protocols {
		if p.Owns(path) {
			return p
		}
	}
	return nil
}

package cassandra

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/cassandra/cassandratest"
	"aion/storage/points"
)

// impatient is a store on a node of its own that gives up soon. It is closed
// with the test.
func impatient(t testing.TB, n *cassandratest.Node) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{
		Write: Cluster{Hosts: []string{n.Host()}, Keyspace: "aion", Request: time.Second}, Timeout: 2 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// isAway checks that every call says that the store is not available, which host
// that is about, and why.
func isAway(t *testing.T, s *Store, host, why string) {
	t.Helper()
	sel := storage.Selection{Metrics: []string{"cpu"}}
	first := func() error {
		for _, err := range s.Select(t.Context(), sel) {
			return err
		}
		return nil
	}
	names := func() error {
		for _, err := range s.Metrics(t.Context(), storage.Selection{}) {
			return err
		}
		return nil
	}
	var calls sync.WaitGroup
	defer calls.Wait()
	for name, call := range map[string]func() error{
		"Write":  func() error { return s.Write(t.Context(), put(cpu("a"), 0, someTime, 1)) },
		"Delete": func() error { return s.Delete(t.Context(), sel, points.Always) },
		"Select": first, "Metrics": names,
		"Services": func() error { return s.Services().Set(t.Context(), "s", "k", "a", "1") },
		"Health":   func() error { return s.Health(t.Context()) },
	} {
		calls.Go(func() {
			err := call()
			if !errors.Is(err, points.ErrUnavailable) || !strings.Contains(err.Error(), host) || !strings.Contains(err.Error(), why) {
				t.Errorf("%s: got %v, want that %s is not available: %s", name, err, host, why)
			}
		})
	}
}

// isBack waits until the store writes and reads again.
func isBack(t *testing.T, s *Store) {
	t.Helper()
	eventually(t, "the store writes", func() bool { return s.Write(t.Context(), put(cpu("a"), 0, someTime, 1)) == nil })
	wants(t, "stored", stored(t, s, cpu("a")), "0=1")
	if err := s.Health(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestOutages: a store is opened while its cluster is away and works when it
// comes; it goes through a kill, a second one that takes longer than it is
// patient, and a node that hangs, and works again each time by itself.
func TestOutages(t *testing.T) {
	n := cassandratest.Start(t, cassandratest.Options{})
	n.Kill(t)
	s := impatient(t, n)
	isAway(t, s, n.Host(), "connection refused")
	n.Restart(t)
	isBack(t, s)

	n.Kill(t)
	n.Restart(t)
	isBack(t, s)

	n.Kill(t)
	isAway(t, s, n.Host(), "")
	n.Restart(t)
	isBack(t, s)

	n.Pause(t)
	isAway(t, s, n.Host(), "")
	hung := impatient(t, n) // is opened, and closed below while it connects
	isAway(t, hung, n.Host(), "")
	if err := impatient(t, n).Health(t.Context()); !errors.Is(err, points.ErrUnavailable) {
		t.Errorf("a store on a node that hangs is healthy: %v", err)
	}
	n.Resume(t)
	isBack(t, s)
	isBack(t, hung)
}

// TestGuard: a connection that the driver library has lost, though the cluster
// is there, is made anew.
func TestGuard(t *testing.T) {
	s := opened(t, Config{Timeout: time.Second})
	lost, err := s.writer()
	if err != nil {
		t.Fatal(err)
	}
	lost.session.Close()
	if err := s.Write(t.Context(), put(cpu("a"), 0, someTime, 1)); !errors.Is(err, points.ErrUnavailable) {
		t.Errorf("got %v, want that the store is not available", err)
	}
	isBack(t, s)
}

// TestAttemptEnds: what fails is tried again until the caller leaves or patience
// ends, and once only where all has failed for that long.
func TestAttemptEnds(t *testing.T) {
	c := &conn{cluster: &cluster{patience: 200 * time.Millisecond}}
	tries := 0
	fail := func(context.Context) error {
		tries++
		return context.DeadlineExceeded // of the request, not of the caller
	}
	if err := c.attempt(t.Context(), "do", fail); !errors.Is(err, points.ErrUnavailable) || tries < 3 {
		t.Errorf("after %d tries: %v", tries, err)
	}
	tries = 0
	if err := c.attempt(t.Context(), "do", fail); !errors.Is(err, points.ErrUnavailable) || tries != 1 {
		t.Errorf("in an outage, after %d tries: %v", tries, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	leave := func(context.Context) error {
		cancel()
		return context.DeadlineExceeded
	}
	if err := c.attempt(ctx, "do", leave); !errors.Is(err, context.Canceled) || errors.Is(err, points.ErrUnavailable) {
		t.Errorf("after the caller left: %v", err)
	}
	if err := c.attempt(t.Context(), "do", func(context.Context) error { return nil }); err != nil || c.failing.Load() != 0 {
		t.Errorf("after a success: %v, failing since %d", err, c.failing.Load())
	}
}

// TestSecured: a node with passwords and TLS is reached with both, and what is
// wrong with either is told.
func TestSecured(t *testing.T) {
	n := cassandratest.Start(t, cassandratest.Options{Auth: true, TLS: true})
	pem, err := os.ReadFile(n.CA(t))
	if err != nil {
		t.Fatal(err)
	}
	ours, none := x509.NewCertPool(), x509.NewCertPool()
	ours.AppendCertsFromPEM(pem)
	for _, tt := range []struct {
		name     string
		password string
		roots    *x509.CertPool
		want     string // in the state of health; empty: healthy
	}{
		{"right", cassandratest.Password, ours, ""},
		{"wrong password", "wrong", ours, "password"},
		{"wrong authority", cassandratest.Password, none, "certificate"},
		{"no TLS", cassandratest.Password, nil, "unable to connect"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Cluster{Hosts: []string{n.Host()}, Keyspace: "aion", User: cassandratest.User, Password: tt.password}
			if tt.roots != nil {
				c.TLS = &tls.Config{RootCAs: tt.roots}
			}
			s, err := Open(t.Context(), Config{Write: c})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if tt.want == "" {
				isBack(t, s)
				return
			}
			var said string
			eventually(t, "health tells what is wrong", func() bool {
				err := s.Health(t.Context())
				said = err.Error()
				return errors.Is(err, points.ErrUnavailable) && strings.Contains(said, tt.want)
			})
			if strings.Contains(said, tt.password) {
				t.Errorf("the password is told: %s", said)
			}
		})
	}
}

package api_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"aion/api"
)

// TestServeDrainsWithinTheGraceTime stops while an answer is under way.
func TestServeDrainsWithinTheGraceTime(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	s := api.New(api.Config{Grace: time.Minute, Protocols: []api.Protocol{plain{
		"/p/slow": func(c echo.Context) error {
			close(begun)
			<-finish
			return c.String(200, "whole")
		},
		"/p/health/check": func(c echo.Context) error { return c.NoContent(204) },
	}}})
	listener := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, listener) }()

	if rec := ask(s, "GET", "/p/health/check"); rec.Code != 204 {
		t.Errorf("got health %d before the stop, want 204", rec.Code)
	}
	slow := get(t, "http://"+listener.Addr().String()+"/p/slow")
	<-begun
	stop()
	awaitClosed(t, listener.Addr().String())
	if rec := ask(s, "GET", "/p/health/check"); rec.Code != 503 || rec.Body.String() != "plain: the server is stopping" {
		t.Errorf("got health %d %q while stopping, want 503 in the protocol's shape", rec.Code, rec.Body)
	}
	close(finish)
	if got := <-slow; got != "200 whole" {
		t.Errorf("got %q from the request under way, want 200 whole", got)
	}
	if err := <-served; err != nil {
		t.Errorf("got %v, want nil", err)
	}
	if rec := ask(s, "GET", "/p/slow"); rec.Code != 503 {
		t.Errorf("got %d after the stop, want 503", rec.Code)
	}
}

// TestServeCancelsWhatOutlivesTheGraceTime stops without any patience.
func TestServeCancelsWhatOutlivesTheGraceTime(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	s := api.New(api.Config{Protocols: []api.Protocol{plain{"/p/slow": func(c echo.Context) error {
		close(begun)
		<-c.Request().Context().Done()
		close(ended)
		return c.Request().Context().Err()
	}}}})
	listener := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, listener) }()
	slow := get(t, "http://"+listener.Addr().String()+"/p/slow")
	<-begun
	stop()
	if err := <-served; err != nil {
		t.Errorf("got %v, want nil", err)
	}
	select {
	case <-ended:
	default:
		t.Error("Serve has returned while a request was under way")
	}
	<-slow
}

// TestServeTellsOfABrokenListener serves on a listener that is closed.
func TestServeTellsOfABrokenListener(t *testing.T) {
	listener := listen(t)
	listener.Close()
	if err := api.New(api.Config{}).Serve(t.Context(), listener); err == nil {
		t.Error("got nil, want the listener's error")
	}
}

// get asks in the background; the channel yields status and body, or the error.
func get(t *testing.T, url string) <-chan string {
	t.Helper()
	got := make(chan string, 1)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	go func() {
		res, err := client.Get(url)
		if err != nil {
			got <- err.Error()
			return
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			got <- err.Error()
			return
		}
		got <- res.Status[:4] + string(body)
	}()
	return got
}

// awaitClosed returns when nobody listens at the address any more.
func awaitClosed(t *testing.T, address string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		res, err := client.Get("http://" + address + "/nothing")
		if err != nil {
			return
		}
		res.Body.Close()
	}
}

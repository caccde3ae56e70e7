package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"

	"aion/api"
	"aion/api/admin"
	"aion/storage/pebble"
)

// operatorSettings say where the records are that an operator's command works on:
// in the server that has the folder open, else in the store.
type operatorSettings struct {
	configured

	Storage   string            `default:"pebble" enum:"pebble,cassandra" help:"Engine that keeps the records: pebble (through the server that has the folder open, if one runs) or cassandra (directly)."`
	Data      dataSettings      `embed:"" prefix:"data."`
	Cassandra cassandraSettings `embed:"" prefix:"cassandra."`
	JSON      bool              `name:"json" help:"Print JSON."`

	tenants organizationSettings // where no server runs that has its own
}

// consistent tells what no single value shows.
func (o *operatorSettings) consistent() error {
	if o.Storage != "cassandra" {
		return nil
	}
	_, err := o.Cassandra.config(0)
	return err
}

// operator asks the operator's REST API, of a running server or over a store.
type operator struct {
	client *http.Client
	close  func() error
}

// open finds the server, or opens the store.
func (o *operatorSettings) open(ctx context.Context) (*operator, error) {
	if o.Storage == "pebble" {
		server, running, err := reach(ctx, o.Data.Dir)
		if err != nil {
			return nil, err
		}
		if running {
			return &operator{server.client, func() error { server.close(); return nil }}, nil
		}
	}
	s := serveCommand{Storage: o.Storage, Data: o.Data, Cassandra: o.Cassandra, Organization: o.tenants}
	log := slog.New(slog.DiscardHandler)
	opened, err := s.open(ctx, api.NewFigures(), log)
	if errors.Is(err, pebble.ErrInUse) {
		return nil, inUse(err)
	}
	if err != nil {
		return nil, err
	}
	store := checked(opened.Store)
	shift, err := s.shift(store, new(atomic.Int64), log)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return &operator{&http.Client{Transport: inside{operated(s.operating(store, shift))}}, store.Close}, nil
}

// operated is the operator's REST API for whoever may use the store itself: he may
// do everything.
func operated(c admin.Config) http.Handler {
	return api.New(api.Config{Protocols: []api.Protocol{admin.New(c)}}).Handler()
}

// inside answers requests by a handler in this process.
type inside struct{ handler http.Handler }

// RoundTrip answers a request.
func (i inside) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	answer := &answered{header: http.Header{}, status: http.StatusOK}
	i.handler.ServeHTTP(answer, r)
	return &http.Response{
		StatusCode: answer.status, Status: http.StatusText(answer.status), Header: answer.header,
		Body: io.NopCloser(&answer.body), Request: r,
	}, nil
}

// answered is an answer as a handler writes it.
type answered struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header are the headers.
func (a *answered) Header() http.Header { return a.header }

// WriteHeader sets the status.
func (a *answered) WriteHeader(status int) { a.status = status }

// Write adds to the body.
func (a *answered) Write(p []byte) (int, error) { return a.body.Write(p) }

// answerError is an answer that is no success.
type answerError struct {
	status   int
	problems []string
}

// Error joins the problems.
func (e *answerError) Error() string { return strings.Join(e.problems, "; ") }

// ask sends a request below the API's prefix, with in as JSON if it is not nil,
// and reads the answer into out.
func (o *operator) ask(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://aion"+admin.Prefix+path, body)
	if err != nil {
		return err
	}
	res, err := o.client.Do(req)
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		var failed struct{ Errors []string }
		if json.Unmarshal(text, &failed) != nil || len(failed.Errors) == 0 {
			failed.Errors = []string{fmt.Sprintf("the server answers %d %s", res.StatusCode, bytes.TrimSpace(text))}
		}
		return &answerError{res.StatusCode, failed.Errors}
	}
	return json.Unmarshal(text, out)
}

// do opens, does and closes; a request that was wrong is a mistake in a setting.
func (o *operatorSettings) do(ctx context.Context, work func(*operator) error) error {
	opened, err := o.open(ctx)
	if err != nil {
		return err
	}
	err = errors.Join(work(opened), opened.close())
	if answer, ok := errors.AsType[*answerError](err); ok && answer.status == http.StatusBadRequest {
		return &ended{exitUsage, err}
	}
	return err
}

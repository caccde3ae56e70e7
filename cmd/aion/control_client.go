package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
)

// remote is a running server as commands reach it.
type remote struct{ client *http.Client }

// reach finds the server that has a folder open. Not running: there is none, or
// none that answers.
func reach(ctx context.Context, dir string) (r *remote, running bool, err error) {
	conn, err := dialControl(ctx, dir)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("reach the server at %s: %w", filepath.Join(dir, controlSocket), err)
	}
	if err := conn.Close(); err != nil {
		return nil, false, err
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return dialControl(ctx, dir) }
	return &remote{&http.Client{Transport: &http.Transport{DialContext: dial}}}, true, nil
}

// close lets go of the server.
func (r *remote) close() { r.client.CloseIdleConnections() }

// run has the server do a command, calls each with what it tells meanwhile, and
// answers its last message.
func (r *remote) run(ctx context.Context, command string, query url.Values, each func(message)) (last message, err error) {
	target := "http://aion/" + command + "?" + query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, nil)
	if err != nil {
		return last, err
	}
	res, err := r.client.Do(req)
	if err != nil {
		return last, fmt.Errorf("ask the server: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return last, fmt.Errorf("ask the server: it answers %s", res.Status)
	}
	for lines := json.NewDecoder(res.Body); ; {
		var line message
		if err := lines.Decode(&line); errors.Is(err, io.EOF) {
			return last, errors.New("the server ended before the work was done")
		} else if err != nil {
			return last, fmt.Errorf("read the server's answer: %w", err)
		}
		if line.Failed != "" {
			return line, errors.New(line.Failed)
		}
		if line.Done {
			return line, nil
		}
		each(line)
	}
}

// absolute is a path that a process in another folder understands, too.
func absolute(path string) (string, error) {
	if path == "" {
		return "", errors.New("got no folder")
	}
	return filepath.Abs(path)
}

// isFolder tells whether there is a folder of that name, as an error where there
// is none.
func isFolder(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		return fmt.Errorf("%s is no folder", path)
	}
	return err
}

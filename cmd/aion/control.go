package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"aion/storage"
	"aion/storage/pebble"
)

// controlSocket is the file in the data folder through which commands reach the
// server that has the folder open.
const controlSocket = "control.sock"

// mostSocketPath is how many bytes the path of a socket may have.
const mostSocketPath = 107

// socket is a control socket that is served.
type socket struct {
	path   string
	server *http.Server
	cancel context.CancelFunc
	done   chan error // what Serve ended with
}

// openControl serves the control socket of a store in a folder; a store of
// another engine has none, and is no error. The folder is the store's alone. What
// operators ask for is passed on to operate.
func openControl(ctx context.Context, store storage.Store, operate http.Handler, dir string, log *slog.Logger) (*socket, error) {
	engine, ok := storage.As[*pebble.Store](store)
	if !ok {
		return nil, nil
	}
	listener, err := listenControl(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("--data.dir: the control socket: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	c := &socket{
		path: filepath.Join(dir, controlSocket),
		server: &http.Server{
			Handler:           newController(engine, operate, dir, log),
			BaseContext:       func(net.Listener) context.Context { return ctx },
			ReadHeaderTimeout: 10 * time.Second,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		},
		cancel: cancel,
		done:   make(chan error, 1),
	}
	go func() { c.done <- c.server.Serve(listener) }()
	return c, nil
}

// close ends what is under way, waits for it, and takes the socket away.
func (c *socket) close() error {
	if c == nil {
		return nil
	}
	c.cancel()
	err := c.server.Shutdown(context.Background())
	if served := <-c.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if gone := os.Remove(c.path); !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// listenControl listens on the control socket of a folder, which only its owner
// may use. What a dead server has left is replaced.
func listenControl(ctx context.Context, dir string) (net.Listener, error) {
	path := filepath.Join(dir, controlSocket)
	if err := clearSocket(ctx, dir, path); err != nil {
		return nil, err
	}
	address, release, err := socketAddress(dir)
	if err != nil {
		return nil, err
	}
	defer release()
	private := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		// Linux makes the file with the mode of the socket, so that there is no
		// moment at which others can connect. Where that is not so, the mode is
		// set below.
		return c.Control(func(fd uintptr) { _ = syscall.Fchmod(int(fd), 0o600) })
	}}
	listener, err := private.Listen(ctx, "unix", address)
	if err != nil {
		return nil, err
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false) // its path may be a short one that is gone by then
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, listener.Close(), os.Remove(path))
	}
	return listener, nil
}

// clearSocket removes the socket of a dead server. One that somebody answers at
// and a file that is no socket are left alone.
func clearSocket(ctx context.Context, dir, path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%s is in the way: it is no socket; move it elsewhere", path)
	}
	if conn, err := dialControl(ctx, dir); err == nil {
		return errors.Join(fmt.Errorf("another server answers at %s", path), conn.Close())
	}
	return os.Remove(path)
}

// dialControl connects to the control socket of a folder.
func dialControl(ctx context.Context, dir string) (net.Conn, error) {
	address, release, err := socketAddress(dir)
	if err != nil {
		return nil, err
	}
	defer release()
	return new(net.Dialer).DialContext(ctx, "unix", address)
}

// socketAddress is a path of the control socket of a folder that is short enough
// for a socket: where its own is not, one through the open folder. It can be used
// until release is called.
func socketAddress(dir string) (address string, release func(), err error) {
	path := filepath.Join(dir, controlSocket)
	if len(path) <= mostSocketPath {
		return path, func() {}, nil
	}
	folder, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	short := filepath.Join("/proc/self/fd", strconv.Itoa(int(folder.Fd())))
	if _, err := os.Stat(short); err != nil {
		return "", nil, errors.Join(fmt.Errorf("the path %s has %d bytes, and a socket's may have %d: use a shorter path, such as a relative one or a symbolic link",
			path, len(path), mostSocketPath), folder.Close())
	}
	return filepath.Join(short, controlSocket), func() { _ = folder.Close() }, nil
}

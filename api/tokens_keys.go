package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/MicahParks/keyfunc/v3"
)

// maxKeys is how long a set of keys may be.
const maxKeys = 1 << 20

// keysFile is a set of keys in a file, which is read again when it has changed.
type keysFile struct {
	path   string
	now    func() time.Time
	mu     sync.Mutex
	looked time.Time
	was    os.FileInfo
	keys   keyfunc.Keyfunc
}

// load is the set of keys. What was read before is good while the file cannot be
// read.
func (f *keysFile) load() (keyfunc.Keyfunc, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.keys != nil && f.now().Sub(f.looked) < time.Second {
		return f.keys, nil
	}
	f.looked = f.now()
	keys, is, err := f.read()
	if err == nil {
		f.keys, f.was = keys, is
	}
	if f.keys != nil {
		return f.keys, nil
	}
	return nil, err
}

// read reads the file, unless it is as it was.
func (f *keysFile) read() (keyfunc.Keyfunc, os.FileInfo, error) {
	is, err := os.Stat(f.path)
	if err != nil {
		return nil, nil, err
	}
	if f.was != nil && sameFile(f.was, is) {
		return f.keys, is, nil
	}
	file, err := os.Open(f.path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxKeys))
	if err != nil {
		return nil, nil, err
	}
	keys, err := keyfunc.NewJWKSetJSON(json.RawMessage(text))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: got no set of keys (JWKS): %w", f.path, err)
	}
	return keys, is, nil
}

// sameFile tells whether a file is as it was.
func sameFile(was, is os.FileInfo) bool {
	return os.SameFile(was, is) && was.ModTime().Equal(is.ModTime()) && was.Size() == is.Size()
}

// shortened is a transport whose answers end where a set of keys is longer than
// it may be.
type shortened struct{ http.RoundTripper }

// RoundTrip sends a request.
func (s shortened) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := s.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxKeys), res.Body}
	}
	return res, err
}

package conformance

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Target is a server under test. Requests name only path and query; the target
// knows where it is. One goroutine uses it at a time.
type Target interface {
	Do(*http.Request) (*http.Response, error)
}

// Clocked is a Target whose clock can be set, so that what depends on now can
// be tested.
type Clocked struct {
	Target
	SetNow func(time.Time)
	Telnet string // the address of its telnet port; empty: it has none
}

// Remote is a server reached over HTTP.
type Remote struct {
	Base   *url.URL     // scheme and host
	Client *http.Client // nil: http.DefaultClient
	User   *url.Userinfo
	Telnet string // the address of its telnet port; empty: that is not known
}

// Do sends the request to the server, with the target's credentials unless it has
// some, or an empty header of them, for none.
func (r *Remote) Do(req *http.Request) (*http.Response, error) {
	sent := req.Clone(req.Context())
	sent.URL.Scheme, sent.URL.Host, sent.Host = r.Base.Scheme, r.Base.Host, r.Base.Host
	if _, own := sent.Header["Authorization"]; !own && r.User != nil {
		password, _ := r.User.Password()
		sent.SetBasicAuth(r.User.Username(), password)
	}
	if r.Client == nil {
		return http.DefaultClient.Do(sent)
	}
	return r.Client.Do(sent)
}

// InProcess is a handler of this process. The whole answer is held in memory.
type InProcess struct{ Handler http.Handler }

// Do lets the handler answer. A handler that cuts the connection
// (http.ErrAbortHandler) makes an io.ErrUnexpectedEOF.
func (p *InProcess) Do(req *http.Request) (resp *http.Response, err error) {
	defer func() {
		if r := recover(); r != nil {
			if r != http.ErrAbortHandler {
				panic(r)
			}
			resp, err = nil, io.ErrUnexpectedEOF
		}
	}()
	sent := req.Clone(req.Context())
	sent.RequestURI, sent.Host, sent.RemoteAddr = req.URL.RequestURI(), "localhost", "127.0.0.1:1"
	if sent.Body == nil {
		sent.Body = http.NoBody
	}
	a := &answerer{header: http.Header{}}
	p.Handler.ServeHTTP(a, sent)
	return a.response(req), nil
}

// answerer takes what a handler answers.
type answerer struct {
	header http.Header
	sent   http.Header
	status int
	body   bytes.Buffer
}

// Header is the header that will be sent.
func (a *answerer) Header() http.Header { return a.header }

// WriteHeader fixes status and header; only the first call counts.
func (a *answerer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status, a.sent = status, a.header.Clone()
	}
}

// Write takes a part of the body.
func (a *answerer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

// Flush does nothing: all is kept until the end.
func (a *answerer) Flush() {}

// response is the answer as a client sees it.
func (a *answerer) response(req *http.Request) *http.Response {
	a.WriteHeader(http.StatusOK)
	if req.Method == http.MethodHead {
		a.body.Reset()
	}
	return &http.Response{
		StatusCode: a.status, Header: a.sent, Request: req,
		Body: io.NopCloser(&a.body), ContentLength: int64(a.body.Len()),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}

package wire_test

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"aion/api/wire"
)

// various answers in all the ways that there are, through a HoldBack.
func various() http.Handler {
	var texts wire.Texts
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := texts.HoldBack(w, r)
		if !way(h, r) {
			h.Abort()
		}
		if err := h.Finish(); err != nil {
			h.Abort()
		}
		h.Flush()
	})
}

// way answers as the path says. It answers false where it breaks off.
func way(h *wire.HoldBack, r *http.Request) bool {
	switch r.URL.Path {
	case "/nothing":
	case "/typed":
		h.Header().Set("Content-Type", "application/json")
		h.Header()["X-Many"] = []string{"a", " b\r\nc "}
		write(h, `{"a":1}`)
	case "/sniffed":
		write(h, "<html><body>")
	case "/large":
		write(h, strings.Repeat("large", 2500))
	case "/long", "/cut":
		for i := range 9 {
			write(h, strings.Repeat(strconv.Itoa(i), 40_000))
			h.Flush()
		}
		return r.URL.Path == "/long"
	case "/status":
		status, _ := strconv.Atoi(r.URL.RawQuery)
		h.Header().Set("Content-Type", "text/x")
		h.WriteHeader(status)
	case "/hints":
		h.Header().Set("Link", "</a>")
		h.WriteHeader(http.StatusEarlyHints)
		write(h, "behind hints")
	case "/dated":
		h.Header().Set("Date", "yesterday")
	case "/closing":
		h.Header().Set("Connection", "close")
		write(h, "the last one")
	case "/lying":
		h.Header().Set("Content-Length", "7")
		write(h, "short")
	case "/identity":
		h.Header().Set("Transfer-Encoding", "identity")
		write(h, "until the end")
	case "/bounded":
		if _, err := io.ReadAll(wire.Body(h, r, "limit", 5)); err != nil {
			h.WriteHeader(http.StatusRequestEntityTooLarge)
			write(h, err.Error())
		}
	case "/part":
		some := make([]byte, 3)
		n, err := io.ReadFull(r.Body, some)
		write(h, fmt.Sprintf("%q %v", some[:n], err))
	default:
		about(h, r)
	}
	return true
}

// about tells what a request is.
func about(h *wire.HoldBack, r *http.Request) {
	body, err := io.ReadAll(wire.Body(h, r, "limit", 1<<20))
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	write(h, fmt.Sprintf("%s %q %q %q %s %q %d %q %v %q %v %s\n%d %q %v\n", r.Method, r.RequestURI, r.URL, r.URL.Path, r.Proto,
		r.Host, r.ContentLength, r.TransferEncoding, r.Close, r.Trailer, r.TLS == nil, host, len(body), body[:min(len(body), 100)], err))
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		write(h, fmt.Sprintf("%s: %q\n", name, r.Header[name]))
	}
}

// last is a request behind which both close the connection.
const last = "GET /end HTTP/1.1\r\nHost: end\r\nConnection: close\r\n\r\n"

// requests are texts that clients send; plain says that no connection may be passed on.
var requests = []struct {
	text  string
	plain bool
}{
	{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
	{"GET /a%20b?c=d&e=%zz HTTP/1.1\r\nHost: a:80\r\nAccept: */*\r\nX-a: 1\r\nx-A:2\r\nCookie: a=b; c\r\n\r\n", true},
	{"GET //a/b HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", true},
	{"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", true},
	{"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\nConnection: Keep-Alive\r\n\r\n" + strings.Repeat("b", 9000), true},
	{"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", true},
	{"GET /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", true},
	{"POST /part HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789", true},
	{"POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789", true},
	{"HEAD /typed HTTP/1.1\r\nHost: a\r\n\r\n", true},
	{"HEAD /long HTTP/1.1\r\nHost: a\r\n\r\n", true},
	{"HEAD /nothing HTTP/1.1\r\nHost: a\r\n\r\n", true},
	{"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", true},
	{"GET /typed HTTP/1.1\r\nHost: a\r\n\r\n", true},
	{"GET /sniffed HTTP/1.1\r\nHost: a\r\n\r\n", true},
	{"GET /large HTTP/1.1\r\nHost: a\r\n\r\n", true},
	{"GET /status?204 HTTP/1.1\r\nHost: a\r\n\r\n", true},
	{"GET /status?304 HTTP/1.1\r\nHost: a\r\n\r\n", true},
	{"GET /status?404 HTTP/1.1\r\nHost: a\r\n\r\n", true},
	{"GET /status?599 HTTP/1.1\r\nHost: a\r\n\r\n", true},
	{"GET /hints HTTP/1.1\r\nHost: a\r\n\r\n", true},
	{"GET /dated HTTP/1.1\r\nHost: a\r\n\r\n", true},
	{"PUT /p HTTP/1.1\r\nHost: a\r\ncontent-length:   2  \r\n\r\nxy", true},
	{"OPTIONS /p HTTP/1.1\r\nHost: a\r\nOrigin: b\r\n\r\n", true},
	{"DELETE /p HTTP/1.1\r\nHost: a\r\n\r\n", true},
	{"POST /bounded HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n01234", true},
	{"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab\r\n", true},
	{"GET /long HTTP/1.1\r\nHost: a\r\n\r\n", true},

	{"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", false},
	{"GET http://b/p HTTP/1.1\r\nHost: a\r\n\r\n", false},
	{"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", false},
	{"GET / HTTP/1.0\r\n\r\n", false},
	{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false},
	{"GET / HTTP/1.1\r\n\r\n", false},
	{"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", false},
	{"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", false},
	{"GET / HTTP/1.1\r\nHost:\r\n\r\n", false},
	{"GET / HTTP/1.1\nHost: a\n\n", false},
	{"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", false},
	{"GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n", false},
	{"GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", false},
	{"GET / HTTP/1.1\r\nHost: a\r\nX: \xff\t\r\n\r\n", false},
	{"GET / HTTP/1.1\r\nHost: a\r\nConnection: close, x\r\n\r\n", false},
	{"GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nUpgrade: h2c\r\n\r\n", false},
	{"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("y", 9000) + "\r\n\r\n", false},
	{"POST /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab", false},
	{"POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", false},
	{"POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n3\r\nabc\r\n0\r\n\r\n", false},
	{"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab", false},
	{"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc", false},
	{"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\nab", false},
	{"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n" + strings.Repeat("b", 70_000), false},
	{"SEARCH /p HTTP/1.1\r\nHost: a\r\n\r\n", false},
	{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", false},
	{"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", false},
	{"nonsense\r\n\r\n", false},
}

// ends are requests behind which the connection is closed.
var ends = []string{
	"GET /closing HTTP/1.1\r\nHost: a\r\n\r\n", "GET /lying HTTP/1.1\r\nHost: a\r\n\r\n", "GET /identity HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /cut HTTP/1.1\r\nHost: a\r\n\r\n", "POST /bounded HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n012345",
}

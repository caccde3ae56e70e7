package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"aion/storage/points"
)

// TooLargeError says that a request's body is larger than the server takes. It
// is a points.ErrLimit.
type TooLargeError struct {
	Setting string // the setting that can be changed: http.max-body
	Max     int64
}

// Error names the setting.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("the request body exceeds the limit %s of %d bytes", e.Setting, e.Max)
}

// Is makes a TooLargeError a points.ErrLimit.
func (e *TooLargeError) Is(target error) bool { return target == points.ErrLimit }

// Body is the body of r, of which a read beyond max bytes fails with a
// *TooLargeError that names the setting, one of chunks that are none with a
// points.InvalidError, and one that stalls for longer than patience with a timeout.
// What w answers then closes the connection, since the rest of the body stands in
// its way.
func Body(w http.ResponseWriter, r *http.Request, setting string, max int64) io.ReadCloser {
	w = innermost(w)
	return &body{http.MaxBytesReader(w, r.Body, max), *http.NewResponseController(w), setting}
}

// body gives http.MaxBytesReader's failure our words.
type body struct {
	io.ReadCloser
	control http.ResponseController
	setting string
}

// Read reads on, up to the limit. Between reads there is no deadline: the server
// watches for the client's leaving, and would take a late one for that. A
// connection without deadlines, such as a test's, waits for ever.
func (b *body) Read(p []byte) (int, error) {
	_ = b.control.SetReadDeadline(time.Now().Add(patience))
	n, err := b.ReadCloser.Read(p)
	_ = b.control.SetReadDeadline(time.Time{})
	if err == nil || errors.Is(err, io.EOF) { // all is well, as it nearly always is
		return n, err
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		err = &TooLargeError{b.setting, tooLarge.Limit}
	case misframed(err):
		err = points.Invalid("body: %v", err)
	}
	return n, err
}

// misframed tells whether a body could not be read because it is not in the chunks
// that it says it is in. Package http has no errors for that: it is what is neither
// an early end, nor the network's, nor the request's that is over, nor what
// a Body inside this one, with a bound of its own, has told.
func misframed(err error) bool {
	var network net.Error
	var told *points.InvalidError
	for _, other := range []error{io.EOF, io.ErrUnexpectedEOF, http.ErrBodyReadAfterClose, context.Canceled, points.ErrLimit} {
		if errors.Is(err, other) {
			return false
		}
	}
	return !errors.As(err, &network) && !errors.As(err, &told)
}

// Bounded reads r and fails with a *TooLargeError behind max bytes: the bound on
// what a compressed body may unpack to.
func Bounded(r io.Reader, setting string, max int64) io.Reader {
	return &bounded{r, max, max, setting}
}

// bounded counts what may still come.
type bounded struct {
	r         io.Reader
	left, max int64
	setting   string
}

// Read reads on, up to the limit. It asks for one byte more than is allowed, so
// that a body of just the limit passes.
func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if int64(n) > b.left {
		n, err = int(b.left), &TooLargeError{b.setting, b.max}
		b.r = failing{err}
	}
	b.left -= int64(n)
	return n, err
}

// failing answers every read with its error.
type failing struct{ err error }

// Read fails.
func (f failing) Read([]byte) (int, error) { return 0, f.err }

// innermost is the writer that the HTTP server made, which http.MaxBytesReader
// must be given to be able to close the connection.
func innermost(w http.ResponseWriter) http.ResponseWriter {
	for {
		inner, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		w = inner.Unwrap()
	}
}

package kairosdb

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"

	"aion/api/wire"
	writes "aion/storage/ingest"
)

// ingestSetting is the setting that bounds the body of an ingest request, as it
// is sent and unpacked.
const ingestSetting = "http.max-ingest"

// ingestParsers are parsers at rest. They hold no request's data.
type ingestParsers struct{ pool sync.Pool }

// take makes a parser ready.
func (s *ingestParsers) take(r release) *ingestParser {
	if p, ok := s.pool.Get().(*ingestParser); ok {
		return p
	}
	return newIngestParser(r, writes.Config{})
}

// datapoints stores the points of a request.
func (p *Protocol) datapoints(c echo.Context) error { return p.ingest(c, ownWords) }

// ingest stores the points of a request as its body comes in.
func (p *Protocol) ingest(c echo.Context, d dialect) error {
	r := c.Request()
	ctx := r.Context()
	packed, byType := p.packed(r.Header)
	weight := weightOf(r.ContentLength, packed)
	if err := p.turns.enter(ctx, weight); err != nil {
		return err
	}
	parser := p.parsers.take(p.is())
	parser.dialect = d
	defer p.parsers.pool.Put(parser)
	defer parser.unpacker.release()
	parser.turn.begin(ctx, &p.turns, weight, wire.Body(c.Response(), r, ingestSetting, p.MaxIngest))
	defer parser.turn.end()
	var body io.Reader = &parser.turn
	if packed {
		var err error
		if body, err = p.unpacked(body, byType, &parser.unpacker); err != nil {
			return err
		}
	}
	body, err := p.rehearsed(ctx, parser, body)
	if err != nil {
		return err
	}
	messages, err := parser.parse(ctx, body, p.store(c))
	wire.Note(c.Response(), slog.Int64("points", parser.writer.Stored()), slog.Int("problems", len(messages)))
	switch {
	case errors.Is(err, errTruncated):
		return bad(append(messages, endOfInput)...)
	case err != nil:
		return err
	case len(messages) > 0:
		return bad(messages...)
	}
	return p.done(c)
}

// packed tells whether the body of an ingest request is packed. KairosDB unpacks a
// body whose content type says gzip, in the manner of its oldest clients, or whose
// encoding does; the two differ in how they refuse.
func (p *Protocol) packed(h http.Header) (packed, byType bool) {
	m, _ := contentType(h)
	byType = m.takes("application", "gzip")
	return byType || p.is().encoding && strings.EqualFold(h.Get(echo.HeaderContentEncoding), "gzip"), byType
}

// unpacked is a packed body as JSON.
func (p *Protocol) unpacked(sent io.Reader, byType bool, u *unpacker) (io.Reader, error) {
	err := u.begin(sent)
	if problem, ok := errors.AsType[*notGzip](err); ok {
		status := http.StatusInternalServerError
		if byType {
			status = http.StatusBadRequest
		}
		return nil, &Fault{status, []string{problem.message}}
	}
	return wire.Bounded(u, ingestSetting, p.MaxIngest), err
}

// notGzip is the beginning of a body that is no gzip.
type notGzip struct{ message string } // empty where Java's exception has no message

// Error is Java's message.
func (e *notGzip) Error() string { return e.message }

// unpacker is a gzip stream. Its end before its time is errTruncated, what
// cannot be unpacked is a request that is wrong, and what the packed body fails
// with comes through. Its memory is used again by the next request.
type unpacker struct {
	packed watched
	buffer *bufio.Reader
	plain  gzip.Reader
}

// begin unpacks another body.
func (u *unpacker) begin(packed io.Reader) error {
	u.packed = watched{src: packed}
	if u.buffer == nil {
		u.buffer = bufio.NewReader(nil)
	}
	u.buffer.Reset(&u.packed)
	magic, err := u.buffer.Peek(2)
	switch {
	case u.packed.err != nil:
		return u.packed.err
	case err != nil:
		return &notGzip{}
	case magic[0] != 0x1f || magic[1] != 0x8b:
		return &notGzip{"Not in GZIP format"}
	}
	err = u.plain.Reset(u.buffer)
	switch {
	case u.packed.err != nil:
		return u.packed.err
	case errors.Is(err, gzip.ErrHeader):
		return &notGzip{"Unsupported compression method"}
	case err != nil:
		return &notGzip{}
	}
	return nil
}

// release lets go of the body.
func (u *unpacker) release() { u.packed = watched{} }

// Read unpacks on.
func (u *unpacker) Read(b []byte) (int, error) {
	n, err := u.plain.Read(b)
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return n, err
	case u.packed.err != nil:
		return n, u.packed.err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return n, errTruncated
	}
	return n, bad("java.util.zip.ZipException: " + err.Error())
}

// watched is a reader that notes what it failed with.
type watched struct {
	src io.Reader
	err error
}

// Read reads on.
func (w *watched) Read(b []byte) (int, error) {
	n, err := w.src.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}

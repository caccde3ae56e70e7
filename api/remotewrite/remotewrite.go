// Package remotewrite takes points from Prometheus and whatever else speaks its
// remote write protocol, release 1, at the path of KairosDB's adapter: the label
// __name__ is the metric, all other labels are tags, all values are doubles.
// Stale markers, NaN and infinity are passed over and counted, as are
// histograms and exemplars, which KairosDB has no place for.
package remotewrite

import (
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"regexp"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/s2"
	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/api/stream"
	"aion/api/wire"
	"aion/storage"
	"aion/storage/ingest"
	"aion/storage/points"
)

// Path is where KairosDB's adapter takes requests.
const Path = "/api/v1/prometheus/writeadapter/write"

// Config is what a Protocol is made of. Store is needed.
type Config struct {
	Store       storage.Store
	Prefix      string           // before the name of every metric
	DropMetrics []*regexp.Regexp // metrics whose whole names match are passed over
	DropLabels  []*regexp.Regexp // and so are labels
	MaxBody     int64            // bytes of a request, packed and unpacked; 0: 16 MiB
}

// Figures count what became of samples.
type Figures struct {
	Stored  atomic.Int64
	Stale   atomic.Int64 // markers that a series has ended
	NotSent atomic.Int64 // of metrics that are passed over
	Refused atomic.Int64 // NaN, infinity, and samples of series without a name
	Other   atomic.Int64 // histograms and exemplars
}

// Protocol answers remote write requests.
type Protocol struct {
	Config
	figures Figures
	readers sync.Pool
}

// New makes a Protocol.
func New(c Config) *Protocol {
	if c.MaxBody <= 0 {
		c.MaxBody = 16 << 20
	}
	return &Protocol{Config: c}
}

// Figures are the counts, which go on.
func (p *Protocol) Figures() *Figures { return &p.figures }

// store is the store as far as whoever sends the request may write it. All
// handlers take it from here.
func (p *Protocol) store(c echo.Context) storage.Store {
	return access.Store(c.Request().Context(), p.Store)
}

// Routes adds the path.
func (p *Protocol) Routes(e *echo.Echo) { e.Any(Path, p.serve) }

// Owns tells whether a path is the adapter's.
func (p *Protocol) Owns(path string) bool { return path == Path }

// WriteError answers with a text, which Prometheus writes into its log.
func (p *Protocol) WriteError(c echo.Context, status int, err error) error {
	return c.String(status, err.Error())
}

// serve takes one method alone.
func (p *Protocol) serve(c echo.Context) error {
	if c.Request().Method != http.MethodPost {
		return echo.ErrMethodNotAllowed
	}
	return p.write(c)
}

// write stores the samples of a request. A series that is wrong is told of when
// all others are stored; one that the client may not write has nothing stored.
func (p *Protocol) write(c echo.Context) error {
	if err := access.Check(c.Request().Context(), access.WriteData); err != nil {
		return err
	}
	if err := supported(c.Request().Header); err != nil {
		return err
	}
	r, ok := p.readers.Get().(*reader)
	if !ok {
		r = newReader(p)
	}
	defer p.readers.Put(r)
	body, err := r.unpack(wire.Body(c.Response(), c.Request(), setting, p.MaxBody), p.MaxBody)
	if err != nil {
		return err
	}
	if err := r.permitted(c.Request().Context(), access.From(c.Request().Context()), body); err != nil {
		return err
	}
	var refused error
	lost := int64(0)
	r.writer.Reset(&stream.Salvager{Writer: p.store(c), Refused: func(_ points.Key, why error) { refused, lost = why, lost+1 }})
	wrong, err := r.request(c.Request().Context(), body)
	if err == nil {
		err = r.writer.Flush(c.Request().Context())
	}
	p.figures.Refused.Add(lost)
	p.figures.Stored.Add(r.writer.Stored() - lost)
	wire.Note(c.Response(), slog.Int64("points", r.writer.Stored()-lost))
	switch {
	case err != nil:
		return err
	case wrong != nil:
		return wrong
	case refused != nil:
		return refused
	}
	return c.Blob(http.StatusOK, echo.MIMETextPlain, nil)
}

// setting is what bounds the body.
const setting = "http.max-body"

// supported refuses what is no remote write of release 1, as its specification
// asks for. Headers that are missing are taken for right, as the adapter does.
func supported(h http.Header) error {
	if kind := h.Get(echo.HeaderContentType); kind != "" {
		media, params, err := mime.ParseMediaType(kind)
		proto := params["proto"]
		if err != nil || media != "application/x-protobuf" || proto != "" && proto != "prometheus.WriteRequest" {
			return echo.NewHTTPError(http.StatusUnsupportedMediaType, fmt.Sprintf("%q is not supported, want application/x-protobuf;proto=prometheus.WriteRequest", kind))
		}
	}
	if packed := h.Get(echo.HeaderContentEncoding); packed != "" && packed != "snappy" {
		return echo.NewHTTPError(http.StatusUnsupportedMediaType, fmt.Sprintf("the encoding %q is not supported, want snappy", packed))
	}
	return nil
}

// unpack reads a body of up to max bytes and unpacks it. The bytes are the
// reader's until its next request.
func (r *reader) unpack(body io.Reader, max int64) ([]byte, error) {
	r.packed.Reset()
	if _, err := r.packed.ReadFrom(body); err != nil {
		return nil, err
	}
	size, err := s2.DecodedLen(r.packed.Bytes())
	switch {
	case err != nil:
		return nil, points.Invalid("the body is no snappy block: %v", err)
	case int64(size) > max:
		return nil, &wire.TooLargeError{Setting: setting, Max: max}
	}
	r.plain, err = s2.Decode(r.plain[:cap(r.plain)], r.packed.Bytes())
	if err != nil {
		return nil, points.Invalid("the body is no snappy block: %v", err)
	}
	return r.plain, nil
}

// errNoName is the adapter's text for a series without the label __name__.
var errNoName = points.Invalid("No metric name was specified for the given metric. Missing __name__ label.")

// newReader makes a reader.
func newReader(p *Protocol) *reader {
	w := ingest.New(nil, ingest.Config{})
	return &reader{protocol: p, writer: w, series: map[string]*series{}, era: w.Era()}
}

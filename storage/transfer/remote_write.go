package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/klauspost/compress/gzip"

	"aion/storage"
	"aion/storage/points"
)

// RemoteRequests is how many requests with points a Remote has under way at
// once, and RemoteBatch how many bytes it is best given for them.
const (
	RemoteRequests = 4
	RemoteBatch    = RemoteRequests * remoteRequest
)

// remoteRequest is about how many bytes of points one request has.
const remoteRequest = 1 << 20

// errDelete is what a Remote answers to changes that are no points.
var errDelete = errors.New("a server is only sent points")

// Delete is refused.
func (*Remote) Delete(context.Context, storage.Selection, points.Range) error { return errDelete }

// Refused tells what the server has not taken, and why, as far as it said.
func (r *Remote) Refused() (n int64, reasons []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refused, r.reasons
}

// Write sends the points of a batch in several requests at once, and all of one
// series and time in one request, in their order. What the server refuses is
// counted and no error; one that is away or busy is a points.ErrUnavailable,
// after which the same batch may be sent again.
func (r *Remote) Write(ctx context.Context, b *storage.Batch) error {
	parts, err := partsOf(b.Changes, remoteRequest)
	if err != nil {
		return err
	}
	reasons, errs := make([][]string, len(parts)), make([]error, len(parts))
	var sending sync.WaitGroup
	free := make(chan struct{}, RemoteRequests)
	for i, part := range parts {
		free <- struct{}{}
		sending.Go(func() {
			reasons[i], errs[i] = r.post(ctx, part)
			<-free
		})
	}
	sending.Wait()
	if err := worst(errs); err != nil {
		return err
	}
	for i, part := range parts {
		r.refuse(part, reasons[i])
	}
	return nil
}

// worst is one of some errors: one that trying again does not mend, if there is
// one.
func worst(errs []error) (worst error) {
	for _, err := range errs {
		if err != nil && (worst == nil || errors.Is(worst, points.ErrUnavailable)) {
			worst = err
		}
	}
	return worst
}

// post sends points and answers why some of them were refused.
func (r *Remote) post(ctx context.Context, changes []storage.Change) (reasons []string, err error) {
	body, err := packed(changes)
	if err != nil {
		return nil, err
	}
	resp, err := r.send(ctx, http.MethodPost, "/api/v1/datapoints", body, "application/gzip")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxReason))
	switch {
	case resp.StatusCode == http.StatusNoContent || resp.StatusCode == http.StatusOK:
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%w: read the answer: %w", points.ErrUnavailable, err)
	case resp.StatusCode == http.StatusBadRequest:
		return reasonsOf(answer), nil
	}
	return nil, r.refusal(resp.StatusCode, answer)
}

// refuse notes what a server says of points that it has not taken. The others of
// the request are stored.
func (r *Remote) refuse(changes []storage.Change, reasons []string) {
	sent := 0
	for i := range changes {
		sent += changes[i].Points.Len()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused += int64(min(len(reasons), sent))
	r.reasons = append(r.reasons, reasons[:min(len(reasons), max(0, maxProblems-len(r.reasons)))]...)
}

// packed are points as the body of a request.
func packed(changes []storage.Change) ([]byte, error) {
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	text := []byte{'['}
	for i := range changes {
		c := &changes[i]
		if i > 0 {
			text = append(text, ',')
		}
		text = appendHead(text, &c.Key, c.TTL)
		for j := range c.Points.Times {
			if j > 0 {
				text = append(text, ',')
			}
			text = appendSent(text, c.Key.Type, &c.Points, j)
		}
		text = append(text, "]}"...)
		if len(text) > exportBuffer {
			if _, err := zip.Write(text); err != nil {
				return nil, err
			}
			text = text[:0]
		}
	}
	_, err = zip.Write(append(text, ']'))
	err = errors.Join(err, zip.Close())
	return out.Bytes(), err
}

// appendSent adds a point as a request has it. A number goes without the name of
// its type, which servers then read much faster: digits alone are a long, and
// with a point among them a double.
func appendSent(dst []byte, stored string, b *points.Block, i int) []byte {
	if b.Kind != points.Number || b.Null(i) {
		return appendPoint(dst, stored, b, i)
	}
	dst = append(strconv.AppendInt(append(dst, '['), b.Times[i], 10), ',')
	if b.Int(i) {
		dst = strconv.AppendInt(dst, b.Ints[i], 10)
		return append(dst, ']')
	}
	from := len(dst)
	dst = appendDouble(dst, b.Floats[i])
	if end := bytes.IndexByte(dst[from:], 'e'); bytes.IndexByte(dst[from:], '.') < 0 {
		if end < 0 {
			end = len(dst) - from
		}
		tail := string(dst[from+end:])
		dst = append(append(dst[:from+end], ".0"...), tail...)
	}
	return append(dst, ']')
}

package transfer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"

	"aion/storage"
	"aion/storage/points"
)

// RemoteBatch is how many bytes of points a Remote is best sent at once.
const RemoteBatch = 1 << 20

// maxReason is how much of a server's answer is told.
const maxReason = 1 << 20

// Remote is a server that speaks KairosDB's REST API: a Source, and a
// storage.Writer that only takes points. It is safe for concurrent use.
type Remote struct {
	Base   *url.URL     // scheme, host and, if they are asked for, credentials
	Client *http.Client // nil: http.DefaultClient

	mu      sync.Mutex
	refused int64
	reasons []string
}

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

// Write sends the points of a batch. What the server refuses is counted and no
// error; one that is away or busy is a points.ErrUnavailable.
func (r *Remote) Write(ctx context.Context, b *storage.Batch) error {
	body, err := packedBatch(b)
	if err != nil {
		return err
	}
	resp, err := r.send(ctx, http.MethodPost, "/api/v1/datapoints", body, "application/gzip")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxReason))
	switch {
	case resp.StatusCode == http.StatusNoContent || resp.StatusCode == http.StatusOK:
		return nil
	case err != nil:
		return fmt.Errorf("%w: read the answer: %w", points.ErrUnavailable, err)
	case resp.StatusCode == http.StatusBadRequest:
		r.refuse(b, answer)
		return nil
	}
	return r.refusal(resp.StatusCode, answer)
}

// refuse notes what a server says of points that it has not taken. The others of
// the batch are stored.
func (r *Remote) refuse(b *storage.Batch, answer []byte) {
	reasons := reasonsOf(answer)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused += int64(min(len(reasons), b.Len()))
	r.reasons = append(r.reasons, reasons[:min(len(reasons), max(0, maxProblems-len(r.reasons)))]...)
}

// reasonsOf are the messages of an answer, at least one.
func reasonsOf(answer []byte) []string {
	var said struct{ Errors []string }
	if json.Unmarshal(answer, &said) == nil && len(said.Errors) > 0 {
		return said.Errors
	}
	return []string{strings.TrimSpace(fmt.Sprintf("%.300s", answer))}
}

// refusal is the error of an answer that is none.
func (r *Remote) refusal(status int, answer []byte) error {
	err := fmt.Errorf("%s answers %d: %.500s", r.Base.Host, status, strings.Join(reasonsOf(answer), "; "))
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests ||
		status == http.StatusBadGateway || status == http.StatusGatewayTimeout {
		return errors.Join(points.ErrUnavailable, err)
	}
	return err
}

// packedBatch is a batch as the body of a request.
func packedBatch(b *storage.Batch) ([]byte, error) {
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	text := []byte{'['}
	for i := range b.Changes {
		c := &b.Changes[i]
		if len(c.Remove) > 0 {
			return nil, errDelete
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = appendHead(text, &c.Key, c.TTL)
		for j := range c.Points.Times {
			if j > 0 {
				text = append(text, ',')
			}
			text = appendPoint(text, c.Key.Type, &c.Points, j)
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
	return packed.Bytes(), err
}

// send sends a request. A server that does not answer is a
// points.ErrUnavailable.
func (r *Remote) send(ctx context.Context, method, path string, body []byte, kind string) (*http.Response, error) {
	where := strings.TrimSuffix(r.Base.Path, "/") + path
	req, err := http.NewRequestWithContext(ctx, method, r.Base.Scheme+"://"+r.Base.Host+where, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if r.Base.User != nil {
		password, _ := r.Base.User.Password()
		req.SetBasicAuth(r.Base.User.Username(), password)
	}
	client := r.Client
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", points.ErrUnavailable, err)
	}
	return resp, nil
}

package transfer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"aion/storage/points"
)

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

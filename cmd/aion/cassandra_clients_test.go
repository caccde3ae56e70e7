package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// bound is how long any answer may take while Cassandra is away: far more than
// the second that tests give to a request, since machines that test are slow.
const bound = time.Minute

// clients do the same thing again and again until they are stopped, and keep
// what was answered.
type clients struct {
	stop    func() // and waits for their end
	running sync.WaitGroup

	mu       sync.Mutex
	kept     acknowledged // by writers
	total    int          // answers that were as they should be, but for refusals
	refusals []string     // the text of every 503
	broken   []string     // whatever else was answered
}

// startClients starts so many clients. They end with the test.
func startClients(t *testing.T, count int, do func(ctx context.Context, c *clients, client int)) *clients {
	ctx, cancel := context.WithCancel(t.Context())
	c := &clients{kept: acknowledged{}}
	c.stop = func() {
		cancel()
		c.running.Wait()
	}
	t.Cleanup(c.stop)
	for client := range count {
		c.running.Go(func() {
			for ctx.Err() == nil {
				do(ctx, c, client)
			}
		})
	}
	return c
}

// note keeps an answer.
func (c *clients) note(ctx context.Context, refusal string, err error) (well bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case ctx.Err() != nil: // what became of the request is not known
	case err != nil:
		c.broken = append(c.broken, err.Error())
	case refusal != "":
		c.refusals = append(c.refusals, refusal)
	default:
		c.total++
		return true
	}
	return false
}

// startWriting starts two writers for each address, each with a series of its
// own. They repeat what is not acknowledged, so that the points that are have the
// times 1, 2, 3, …
func startWriting(t *testing.T, addresses ...string) *clients {
	return startClients(t, 2*len(addresses), func(ctx context.Context, c *clients, client int) {
		series := fmt.Sprintf("%s-%d", t.Name(), client)
		at := c.last(series) + 1
		body := fmt.Sprintf(`{"name": "kill", "tags": {"series": %q}, "datapoints": [[%d, %d]]}`, series, at, at)
		_, refusal, err := postOrRefusal(ctx, "http://"+addresses[client/2]+"/api/v1/datapoints", body)
		if c.note(ctx, refusal, err) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.kept[series] = at
		}
	})
}

// last is the last point of a series that was acknowledged.
func (c *clients) last(series string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept[series]
}

// startAsking starts a client for each address, which asks for a series that is
// being written. All points that were acknowledged when it asks must be there.
func startAsking(t *testing.T, written *clients, series string, addresses ...string) *clients {
	return startClients(t, len(addresses), func(ctx context.Context, c *clients, client int) {
		last := written.last(series)
		query := fmt.Sprintf(`{"start_absolute": 1, "metrics": [{"name": "kill", "tags": {"series": [%q]}}]}`, series)
		body, refusal, err := postOrRefusal(ctx, "http://"+addresses[client]+"/api/v1/datapoints/query", query)
		if err == nil && refusal == "" && !(json.Valid([]byte(body)) && strings.Contains(body, pointsUpTo(last))) {
			err = fmt.Errorf("got %.200s… (%d bytes), want all of %d points", body, len(body), last)
		}
		c.note(ctx, refusal, err)
	})
}

// postOrRefusal answers the body of a success, or the text of a 503 as it should
// be. Anything else is an error.
func postOrRefusal(ctx context.Context, url, body string) (answer, refusal string, err error) {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return "", "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", "", err
	}
	defer res.Body.Close()
	all, err := io.ReadAll(res.Body)
	switch text := string(all); {
	case err != nil:
		return "", "", err
	case res.StatusCode/100 == 2:
		return text, "", nil
	case res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != "" && strings.HasPrefix(text, `{"errors":["`):
		return "", text, nil
	default:
		return "", "", fmt.Errorf("got %d %v %s, want success or a 503 with Retry-After and errors", res.StatusCode, res.Header, text)
	}
}

// awaitMore waits until so many further requests have succeeded.
func (c *clients) awaitMore(t *testing.T, more int) {
	t.Helper()
	want := c.count() + more
	await(t, func() bool { return c.count() >= want })
}

// count is how many requests have succeeded.
func (c *clients) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}

// awaitRefusal waits until a write is refused with a text that has all the words.
func (c *clients) awaitRefusal(t *testing.T, words ...string) {
	t.Helper()
	await(t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, refusal := range c.refusals {
			if containsAll(refusal, words) {
				return true
			}
		}
		return false
	})
}

// containsAll tells whether the text has all the words.
func containsAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// verify stops writers, whose answers must all have been as they should, and
// looks for every point that was acknowledged.
func (c *clients) verify(t *testing.T, address string) {
	t.Helper()
	c.stop()
	if len(c.broken) != 0 {
		t.Errorf("got %d answers like %s, want 204 or 503", len(c.broken), c.broken[0])
	}
	c.kept.verify(t, address)
}

// undisturbed stops the clients, none of which may have noticed anything.
func (c *clients) undisturbed(t *testing.T) {
	t.Helper()
	c.stop()
	for _, answer := range slices.Concat(c.refusals, c.broken) {
		t.Errorf("got %s, want success", answer)
	}
}

// The answer to longQuery is 40 MB, which no buffer on its way takes up.
const (
	longPoints = 40_000
	longText   = 1000
	longQuery  = `{"start_absolute": 1, "metrics": [{"name": "long"}]}`
)

// fillLong writes what longQuery asks for.
func fillLong(t *testing.T, s *server) {
	t.Helper()
	const at = 10_000
	text := strings.Repeat("x", longText)
	for from := 0; from < longPoints; from += at {
		var body strings.Builder
		body.WriteString(`{"name": "long", "tags": {"a": "b"}, "type": "string", "datapoints": [`)
		for i := range at {
			fmt.Fprintf(&body, `[%d,"%s"],`, 1+from+i, text)
		}
		if status, answer := s.ask(t, "POST", "/api/v1/datapoints", strings.TrimSuffix(body.String(), ",")+"]}"); status != http.StatusNoContent {
			t.Fatalf("got %d %s from the write, want 204", status, answer)
		}
	}
}

// longAnswer is an answer to longQuery that has begun.
type longAnswer struct {
	body  io.ReadCloser
	begun []byte
	leave context.CancelFunc
}

// askLong asks longQuery and reads how the answer begins. It stops there until
// rest is called.
func askLong(t *testing.T, s *server) *longAnswer {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.address+"/api/v1/datapoints/query", strings.NewReader(longQuery))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "identity")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	l := &longAnswer{res.Body, make([]byte, 256<<10), cancel}
	if _, err := io.ReadFull(l.body, l.begun); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("got %d %v %.300s, want an answer that begins", res.StatusCode, err, l.begun)
	}
	return l
}

// rest reads the answer to its end.
func (l *longAnswer) rest() ([]byte, error) {
	defer l.leave()
	defer l.body.Close()
	late := time.AfterFunc(bound, l.leave)
	defer late.Stop()
	rest, err := io.ReadAll(l.body)
	return append(l.begun, rest...), err
}

// isCut reads on, which must end in an error and not look whole.
func (l *longAnswer) isCut(t *testing.T) {
	t.Helper()
	all, err := l.rest()
	if err == nil || json.Valid(all) || errors.Is(err, context.Canceled) {
		t.Errorf("got %d bytes and %v, want an answer that is cut", len(all), err)
	}
}

// isWhole reads on to the last point.
func (l *longAnswer) isWhole(t *testing.T) {
	t.Helper()
	all, err := l.rest()
	if got := bytes.Count(all, []byte("],[")) + 1; err != nil || !json.Valid(all) || got != longPoints {
		t.Errorf("got %d points and %v, want %d", got, err, longPoints)
	}
}

// atRest waits until nobody serves a request or reads for one any more.
func atRest(t *testing.T) {
	t.Helper()
	http.DefaultClient.CloseIdleConnections()
	var left []string
	defer func() {
		if t.Failed() {
			t.Logf("left behind:\n%s", strings.Join(left, "\n\n"))
		}
	}()
	await(t, func() bool {
		left = atWork()
		return len(left) == 0
	})
}

// atWork is the stacks of the goroutines that work on requests.
func atWork() []string {
	stacks := make([]byte, 4<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var found []string
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		for _, at := range []string{"aion/query", "aion/api/kairosdb.", "cassandra.(*partition)", "cassandra.inOrder", "cassandra.inParallel"} {
			if strings.Contains(stack, at) {
				found = append(found, stack)
				break
			}
		}
	}
	return found
}

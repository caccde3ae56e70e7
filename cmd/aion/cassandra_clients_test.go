package main

import (
	"context"
	"encoding/json"
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

// pause is how long a client waits behind an answer that is not a success, and
// behind each one if it asks for the same again: without it they would take the
// processors from the nodes that everybody waits for.
const pause = 50 * time.Millisecond

// startClients starts so many clients, which pause where do says so. They end
// with the test.
func startClients(t *testing.T, count int, do func(ctx context.Context, c *clients, client int) (goOn bool)) *clients {
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
				if do(ctx, c, client) {
					continue
				}
				select {
				case <-ctx.Done():
				case <-time.After(pause):
				}
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
	return startClients(t, 2*len(addresses), func(ctx context.Context, c *clients, client int) (goOn bool) {
		series := fmt.Sprintf("%s-%d", t.Name(), client)
		at := c.last(series) + 1
		body := fmt.Sprintf(`{"name": "kill", "tags": {"series": %q}, "datapoints": [[%d, %d]]}`, series, at, at)
		_, refusal, err := postOrRefusal(ctx, "http://"+addresses[client/2]+"/api/v1/datapoints", body)
		if !c.note(ctx, refusal, err) {
			return false
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.kept[series] = at
		return true
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
	return startClients(t, len(addresses), func(ctx context.Context, c *clients, client int) (goOn bool) {
		last := written.last(series)
		query := fmt.Sprintf(`{"start_absolute": 1, "metrics": [{"name": "kill", "tags": {"series": [%q]}}]}`, series)
		body, refusal, err := postOrRefusal(ctx, "http://"+addresses[client]+"/api/v1/datapoints/query", query)
		if err == nil && refusal == "" && !(json.Valid([]byte(body)) && strings.Contains(body, pointsUpTo(last))) {
			err = fmt.Errorf("got %.200s… (%d bytes), want all of %d points", body, len(body), last)
		}
		c.note(ctx, refusal, err)
		return false
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
		for _, at := range []string{"aion/query.", "aion/query/encode.", "aion/api/kairosdb.", "cassandra.(*partition)", "cassandra.inOrder", "cassandra.inParallel"} {
			if strings.Contains(stack, at) {
				found = append(found, stack)
				break
			}
		}
	}
	return found
}

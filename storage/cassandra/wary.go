package cassandra

import (
	"errors"
	"sync"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// avoided is how long a node that did not answer in time is asked last.
const avoided = 15 * time.Second

// wary is a policy that asks a node last which has been silent. The driver
// library finds out late that a node hangs while its connections stand: until
// then every request that begins there would wait for its whole time.
type wary struct {
	gocql.HostSelectionPolicy
	mu     sync.Mutex
	silent map[string]time.Time // until when, by host ID
}

// newWary makes a policy wary.
func newWary(p gocql.HostSelectionPolicy) *wary {
	return &wary{HostSelectionPolicy: p, silent: map[string]time.Time{}}
}

// Pick gives the policy's choice, with silent nodes at its end.
func (w *wary) Pick(statement gocql.ExecutableStatement) gocql.NextHost {
	next := w.HostSelectionPolicy.Pick(statement)
	var last []gocql.SelectedHost
	return func() gocql.SelectedHost {
		for host := next(); host != nil; host = next() {
			if !w.avoids(host.Info().HostID()) {
				return &waryHost{host, w}
			}
			last = append(last, host)
		}
		if len(last) == 0 {
			return nil
		}
		host := last[0]
		last = last[1:]
		return &waryHost{host, w}
	}
}

// avoids tells whether a node was silent a short time ago.
func (w *wary) avoids(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	until, ok := w.silent[id]
	if ok && time.Now().After(until) {
		delete(w.silent, id)
		return false
	}
	return ok
}

// waryHost is a node that was chosen.
type waryHost struct {
	gocql.SelectedHost
	policy *wary
}

// Mark notes what came of the request.
func (h *waryHost) Mark(err error) {
	if errors.Is(err, gocql.ErrTimeoutNoResponse) {
		h.policy.mu.Lock()
		h.policy.silent[h.Info().HostID()] = time.Now().Add(avoided)
		h.policy.mu.Unlock()
	}
	h.SelectedHost.Mark(err)
}

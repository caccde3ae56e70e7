package stream

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// The log takes a few refusals at once and then one each second. Of what was
// refused it shows the beginning.
const (
	logBurst = 10
	logEvery = time.Second
	logBytes = 256
)

// refusals counts what is refused and logs the reasons at a bounded rate.
type refusals struct {
	name  string
	log   *slog.Logger
	now   func() time.Time
	count atomic.Int64

	mu      sync.Mutex
	spent   time.Time // up to then the log's allowance is used up
	skipped int64     // that were not logged since the last that was
}

// What a connection is not taken for.
var (
	errCrowded   = errors.New("there are too many connections")
	errUntrusted = errors.New("the address is not trusted")
)

// refusal is a reason in the words of a server that we stand in for.
type refusal string

// Error is the reason.
func (r refusal) Error() string { return string(r) }

// Refusal is a reason to refuse a message, in the very words of the server whose
// protocol it is.
func Refusal(format string, args ...any) error { return refusal(fmt.Sprintf(format, args...)) }

// add counts something that a client sent, whose text is logged with the reason.
func (r *refusals) add(client net.Addr, what []byte, reason error) {
	r.count.Add(1)
	r.tellOf("refused", client, what, reason)
}

// turnAway logs that a connection is not taken.
func (r *refusals) turnAway(client net.Addr, trusted bool) {
	reason := errUntrusted
	if trusted {
		reason = errCrowded
	}
	r.tellOf("connection turned away", client, nil, reason)
}

// tellOf logs something, if the log's allowance is not used up. That somebody may
// not do something belongs to the audit.
func (r *refusals) tellOf(message string, client net.Addr, what []byte, reason error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if full := now.Add(-logBurst * logEvery); r.spent.Before(full) {
		r.spent = full
	}
	if r.spent.Add(logEvery).After(now) {
		r.skipped++
		return
	}
	r.spent = r.spent.Add(logEvery)
	attrs := []any{"protocol", r.name, "reason", reason.Error()}
	if what != nil {
		attrs = append(attrs, "text", Text(what[:min(len(what), logBytes)]))
	}
	if client != nil {
		attrs = append(attrs, "client", client.String())
	}
	if slices.ContainsFunc([]error{errUntrusted, errNoGreeting, errNotLetIn, errOutside}, func(of error) bool { return errors.Is(reason, of) }) {
		attrs = append(attrs, "audit", true)
	}
	if r.skipped > 0 {
		attrs = append(attrs, "not_logged", r.skipped)
	}
	r.skipped = 0
	r.log.Warn(message, attrs...)
}

// tell logs how many refusals were not logged.
func (r *refusals) tell() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.skipped > 0 {
		r.log.Warn("refused", "protocol", r.name, "not_logged", r.skipped)
	}
	r.skipped = 0
}

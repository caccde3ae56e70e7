package main

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"aion/api"
)

// gathered is the log that the settings ask for, of a server: the records of requests
// that come one soon after the other are written together, since each write costs a
// small request a tenth of its time, and whoever reads the log as much again. Where a
// person reads they are written one by one. When the server has ended the log is to be
// closed. A server that is killed may lose what it has gathered.
func (l *logSettings) gathered(to io.Writer) (log *slog.Logger, closed func()) {
	if terminal(to) {
		return l.logger(to), func() {}
	}
	all := &lines{to: to}
	var quick *lineForm
	switch {
	case l.level() > slog.LevelInfo:
	case l.Format == "text":
		quick = &textForm
	default:
		quick = &jsonForm
	}
	return slog.New(gathering{l.handler(all, false), all, quick}), all.close
}

// gathering is a handler whose records go to lines: what is not the record of a request,
// or belongs to the audit, is written at once, and what came before it too.
type gathering struct {
	slog.Handler
	lines *lines
	quick *lineForm // which the records of requests have, with nothing added; nil: they may differ
}

// Handle handles a record.
func (g gathering) Handle(ctx context.Context, r slog.Record) error {
	ordinary := r.Level == slog.LevelInfo && r.Message == api.Record && !ofAudit(r)
	if ordinary && g.quick != nil && g.lines.request(g.quick, r) {
		return nil
	}
	err := g.Handler.Handle(ctx, r)
	if ordinary {
		g.lines.linger()
	} else {
		g.lines.flush()
	}
	return err
}

// WithAttrs is the same with attributes.
func (g gathering) WithAttrs(attrs []slog.Attr) slog.Handler {
	return gathering{g.Handler.WithAttrs(attrs), g.lines, nil}
}

// WithGroup is the same with a group.
func (g gathering) WithGroup(name string) slog.Handler {
	return gathering{g.Handler.WithGroup(name), g.lines, nil}
}

// For how long lines are gathered, and up to how many bytes.
const (
	gatherTime  = 50 * time.Millisecond
	gatherBytes = 64 << 10
)

// lines are the lines of a log on their way. They are for many at once.
type lines struct {
	to io.Writer

	mu     sync.Mutex
	held   []byte
	last   time.Time   // when something was written
	later  *time.Timer // which writes what is held; nil: nothing waits
	closed bool        // nothing is to wait any more
}

// Write takes lines. They are written when that is asked for, or there are many.
func (l *lines) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held = append(l.held, text...); len(l.held) >= gatherBytes {
		l.write()
	}
	return len(text), nil
}

// request takes the record of a request in that form, if that is soon done.
func (l *lines) request(as *lineForm, r slog.Record) (done bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held, done = as.append(l.held, r); !done {
		return false
	}
	if len(l.held) >= gatherBytes {
		l.write()
	}
	l.wait()
	return true
}

// linger has what is held be written soon; at once if nothing was written for a while.
func (l *lines) linger() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wait()
}

// wait is linger for who has the lock.
func (l *lines) wait() {
	switch since := time.Since(l.last); {
	case len(l.held) == 0:
	case l.closed, since >= gatherTime:
		l.write()
	case l.later == nil:
		l.later = time.AfterFunc(gatherTime-since, l.flush)
	}
}

// flush writes what is held.
func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write()
}

// write is flush for who has the lock.
func (l *lines) write() {
	if l.later != nil {
		l.later.Stop()
		l.later = nil
	}
	if len(l.held) == 0 {
		return
	}
	// Where the log is gone there is nobody to tell.
	_, _ = l.to.Write(l.held)
	l.held, l.last = l.held[:0], time.Now()
}

// close writes what is held, and has nothing wait from then on.
func (l *lines) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.write()
}

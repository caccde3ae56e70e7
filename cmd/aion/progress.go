package main

import (
	"fmt"
	"io"
	"time"
)

// progress is a line on a terminal that tells how far a command is. In a pipe
// it is nothing.
type progress struct {
	to    io.Writer // nil: nobody reads
	begun time.Time
	last  time.Time
	shown bool
}

// newProgress is the line of a command that begins now.
func newProgress(to io.Writer) *progress {
	p := &progress{begun: time.Now()}
	if terminal(to) {
		p.to = to
	}
	return p
}

// show replaces the line: once a second has passed, and five times a second at
// most.
func (p *progress) show(format string, args ...any) {
	now := time.Now()
	if p.to == nil || now.Sub(p.begun) < time.Second || now.Sub(p.last) < 200*time.Millisecond {
		return
	}
	p.last, p.shown = now, true
	// It is for somebody who watches; where that fails nobody does.
	_, _ = fmt.Fprintf(p.to, "\r\x1b[K"+format, args...)
}

// end takes the line away.
func (p *progress) end() {
	if p.shown {
		p.shown = false
		_, _ = io.WriteString(p.to, "\r\x1b[K")
	}
}

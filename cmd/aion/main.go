// Command aion is a time-series query server that KairosDB's clients can be
// pointed at.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
)

// main runs the command line until a signal ends it; a second one ends it at
// once.
func main() {
	pacing(os.Getenv, debug.SetGCPercent)
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() { // until the process ends
		<-signals
		cancel()
		<-signals
		os.Exit(exitFailed)
	}()
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// The program's exit codes.
const (
	exitWell   = 0
	exitFailed = 1
	exitUsage  = 2 // a mistake in a setting

	exitInterrupted = 130 // by a signal, with part of the work done
)

// ended is an error that has an exit code of its own.
type ended struct {
	code int
	err  error
}

// Error is what went wrong.
func (e *ended) Error() string { return e.err.Error() }

// Unwrap is what went wrong.
func (e *ended) Unwrap() error { return e.err }

// exitCode is what the process ends with after err.
func exitCode(err error) int {
	if e, ok := errors.AsType[*ended](err); ok {
		return e.code
	}
	return exitFailed
}

// streams are where commands write to.
type streams struct{ out, err io.Writer }

// run runs a command until it ends or ctx does, and answers the exit code. What
// goes wrong is one line on stderr.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	chosen, code := choose(args, getenv, stdout, stderr)
	if chosen == nil {
		return code
	}
	if err := chosen.Run(ctx, &streams{stdout, stderr}); err != nil {
		return complain(stderr, err, exitCode(err))
	}
	return exitWell
}

// complain prints err as one line and answers code.
func complain(stderr io.Writer, err error, code int) int {
	// Where stderr is gone there is nobody to tell.
	_, _ = fmt.Fprintln(stderr, "aion: "+strings.ReplaceAll(err.Error(), "\n", " "))
	return code
}

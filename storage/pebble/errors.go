package pebble

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage"
	"aion/storage/points"
)

// translate turns an error of Pebble's, or of a disk below it, into one that
// the store's callers know. Errors that they know already stay as they are.
func translate(err error) error {
	switch {
	case err == nil,
		errors.Is(err, points.ErrCorrupt), errors.Is(err, points.ErrUnavailable),
		errors.Is(err, storage.ErrForgotten), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case pebble.IsCorruptionError(err):
		return fmt.Errorf("%w: %w", points.ErrCorrupt, damageError{err})
	}
	return fmt.Errorf("%w: %w", points.ErrUnavailable, err)
}

// incomplete is translate for what Pebble says against a folder that it opens: that
// a file is gone or has lost its end is damage, and does not pass.
func incomplete(err error) error {
	if errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), "object size mismatch") {
		return fmt.Errorf("%w: %w", points.ErrCorrupt, damageError{err})
	}
	return translate(err)
}

// damageError is damage that Pebble has found. It leaves out what stands in
// Pebble's words for programs alone.
type damageError struct{ error }

// Error is one line for people.
func (e damageError) Error() string {
	return strings.ReplaceAll(oneLine(e.error), " <corruption detail carrier>", "")
}

// Unwrap is what Pebble has said.
func (e damageError) Unwrap() error { return e.error }

// oneLine is what an error of Pebble's says. Handed to a log as an error it would
// add where in Pebble it comes from, on fifty lines.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// failed says that this part of the series cannot be read, and counts damage.
func (s *series) failed(r points.Range, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if err = translate(err); errors.Is(err, points.ErrCorrupt) {
		s.from.s.damaged.Add(1)
		return &points.DamagedError{Series: s.key.String(), Range: r, Err: err}
	}
	return fmt.Errorf("read %s from %d to %d: %w", &s.key, r.From, r.To, err)
}

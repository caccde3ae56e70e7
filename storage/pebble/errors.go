package pebble

import (
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// translate turns an error of Pebble's, or of a disk below it, into one that
// the store's callers know. Errors that they know already stay as they are.
func translate(err error) error {
	switch {
	case err == nil,
		errors.Is(err, points.ErrCorrupt), errors.Is(err, points.ErrUnavailable),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case pebble.IsCorruptionError(err):
		return fmt.Errorf("%w: %w", points.ErrCorrupt, err)
	}
	return fmt.Errorf("%w: %w", points.ErrUnavailable, err)
}

// seriesError says which part of which series cannot be read.
func seriesError(k *points.Key, r points.Range, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if err = translate(err); errors.Is(err, points.ErrCorrupt) {
		return &points.DamagedError{Series: k.String(), Range: r, Err: err}
	}
	return fmt.Errorf("read %s from %d to %d: %w", k, r.From, r.To, err)
}

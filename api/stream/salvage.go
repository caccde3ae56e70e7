package stream

import (
	"context"
	"errors"

	"aion/storage"
	"aion/storage/points"
)

// Salvager is a store's Writer. Where the store refuses a batch because of some
// of its points, those are refused one by one and all others are stored. The
// order of the changes stays; they are puts alone.
type Salvager struct {
	storage.Writer

	// Refused is told of every point that is not stored, by its series, and why.
	Refused func(points.Key, error)
}

// Write writes b.
func (s *Salvager) Write(ctx context.Context, b *storage.Batch) error {
	err := s.Writer.Write(ctx, b)
	if invalid(err) {
		return s.split(ctx, b.Changes, err)
	}
	return err
}

// invalid tells whether the store refuses points for what they are.
func invalid(err error) bool {
	_, ok := errors.AsType[*points.InvalidError](err)
	return ok
}

// split writes changes that were refused together in halves.
func (s *Salvager) split(ctx context.Context, changes []storage.Change, refused error) error {
	if len(changes) == 1 {
		return s.cut(ctx, changes[0], refused)
	}
	for _, half := range [][]storage.Change{changes[:len(changes)/2], changes[len(changes)/2:]} {
		var b storage.Batch
		for _, c := range half {
			b.Put(c.Key, c.Points, c.TTL)
		}
		err := s.Writer.Write(ctx, &b)
		if invalid(err) {
			err = s.split(ctx, half, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cut writes the points of one change that was refused in halves.
func (s *Salvager) cut(ctx context.Context, c storage.Change, refused error) error {
	n := c.Points.Len()
	if n <= 1 {
		s.Refused(c.Key, refused)
		return nil
	}
	for _, span := range [][2]int{{0, n / 2}, {n / 2, n}} {
		part := storage.Change{Key: c.Key, Points: c.Points.Slice(span[0], span[1]), TTL: c.TTL}
		var b storage.Batch
		b.Put(part.Key, part.Points, part.TTL)
		err := s.Writer.Write(ctx, &b)
		if invalid(err) {
			err = s.cut(ctx, part, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

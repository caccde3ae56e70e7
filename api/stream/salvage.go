package stream

import (
	"context"
	"errors"

	"aion/storage"
	"aion/storage/points"
)

// salvager writes batches. Where the store refuses a batch because of some of
// its points, those are refused one by one and all others are stored.
type salvager struct {
	storage.Writer
	server *Server
	tried  int // how many points the last batch had
}

// Write writes b. The order of its changes stays.
func (s *salvager) Write(ctx context.Context, b *storage.Batch) error {
	s.tried = b.Len()
	err := s.Writer.Write(ctx, b)
	if _, invalid := errors.AsType[*points.InvalidError](err); !invalid {
		return err
	}
	return s.split(ctx, b.Changes, err)
}

// split writes changes that were refused together in halves.
func (s *salvager) split(ctx context.Context, changes []storage.Change, refused error) error {
	if len(changes) == 1 {
		return s.cut(ctx, changes[0], refused)
	}
	for _, half := range [][]storage.Change{changes[:len(changes)/2], changes[len(changes)/2:]} {
		var b storage.Batch
		for _, c := range half {
			b.Put(c.Key, c.Points, c.TTL)
		}
		err := s.Writer.Write(ctx, &b)
		if _, invalid := errors.AsType[*points.InvalidError](err); invalid {
			err = s.split(ctx, half, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cut writes the points of one change that was refused in halves.
func (s *salvager) cut(ctx context.Context, c storage.Change, refused error) error {
	n := c.Points.Len()
	if n <= 1 {
		s.server.refusals.add(nil, []byte(c.Key.String()), refused)
		s.server.points.Add(int64(-n))
		return nil
	}
	for _, span := range [][2]int{{0, n / 2}, {n / 2, n}} {
		var b storage.Batch
		b.Put(c.Key, c.Points.Slice(span[0], span[1]), c.TTL)
		err := s.Writer.Write(ctx, &b)
		if _, invalid := errors.AsType[*points.InvalidError](err); invalid {
			err = s.cut(ctx, b.Changes[0], err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

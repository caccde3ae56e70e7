package transfer

import (
	"context"
	"errors"
	"io"

	"aion/storage"
	"aion/storage/points"
)

// Source is where points are exported from.
type Source interface {
	// Metrics are the names of all metrics, ascending as bytes.
	Metrics(ctx context.Context) ([]string, error)

	// TagNames are the names of the tags of some metrics, ascending.
	TagNames(ctx context.Context, metrics []string) ([]string, error)

	// Read gives the points of a metric in the range to each, series by series,
	// those of one series in blocks of ascending times. Block and key are each's
	// until it returns. A source that does not know the stored types of numbers
	// gives series without one.
	Read(ctx context.Context, metric string, r points.Range, each func(*points.Key, *points.Block) error) error
}

// Stored is a store as a Source.
func Stored(r storage.Reader) Source { return reader{r} }

// reader is a store as a Source.
type reader struct{ storage.Reader }

// Metrics lists the names that the index has.
func (s reader) Metrics(ctx context.Context) ([]string, error) {
	var list []string
	for name, err := range s.Reader.Metrics(ctx, storage.Selection{}) {
		if err != nil {
			return nil, err
		}
		list = append(list, name)
	}
	return list, nil
}

// TagNames lists the names that the index has.
func (s reader) TagNames(ctx context.Context, metrics []string) ([]string, error) {
	if len(metrics) == 0 {
		return nil, nil
	}
	var list []string
	for name, err := range s.Reader.TagNames(ctx, storage.Selection{Metrics: metrics}) {
		if err != nil {
			return nil, err
		}
		list = append(list, name)
	}
	return list, nil
}

// Read reads series after series.
func (s reader) Read(ctx context.Context, metric string, r points.Range, each func(*points.Key, *points.Block) error) error {
	var b points.Block
	for series, err := range s.Select(ctx, storage.Selection{Metrics: []string{metric}, Within: &r}) {
		if err != nil {
			return err
		}
		if err := readSeries(ctx, series, r, &b, each); err != nil {
			return err
		}
	}
	return nil
}

// readSeries reads one series.
func readSeries(ctx context.Context, s storage.Series, r points.Range, b *points.Block, each func(*points.Key, *points.Block) error) (err error) {
	key := s.Key()
	c := s.Points(r, points.Asc)
	defer func() { err = errors.Join(err, c.Close()) }()
	for {
		err := c.Next(ctx, b)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := each(&key, b); err != nil {
			return err
		}
	}
}

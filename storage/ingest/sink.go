package ingest

import (
	"context"
	"slices"
	"sync"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// Sink stores computed points: it is what save_as and roll-ups write to. It is
// safe for concurrent use. Its owner calls Flush at the end.
type Sink struct {
	mu      sync.Mutex
	w       *Writer
	refused int64
}

// NewSink makes a Sink.
func NewSink(store storage.Writer, c Config) *Sink { return &Sink{w: New(store, c)} }

// Save stores the points of b, whose memory stays the caller's, under the metric
// and tags: integers as longs, other numbers as doubles, nulls as nulls, texts
// as strings and opaque values under their type. Numbers that are not finite are
// left out and counted. ttl 0 is the store's default.
func (s *Sink) Save(ctx context.Context, metric string, tags points.Tags, ttl time.Duration, b *points.Block) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for from := 0; from < b.Len(); from += points.BlockSize {
		part := b.Slice(from, min(from+points.BlockSize, b.Len()))
		s.add(points.Key{Metric: metric, Tags: tags}, ttl, &part)
		if err := s.w.FlushFull(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Flush writes what is left.
func (s *Sink) Flush(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Flush(ctx)
}

// Stored counts the points that have been written.
func (s *Sink) Stored() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Stored()
}

// Refused counts the points that were left out.
func (s *Sink) Refused() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

// add puts the points of b into their columns.
func (s *Sink) add(key points.Key, ttl time.Duration, b *points.Block) {
	switch b.Kind {
	case points.Number:
		s.addNumbers(key, ttl, b)
	case points.Text:
		c := s.column(key, points.TypeText)
		for i, at := range b.Times {
			c.Text(at, b.Texts[i], ttl)
		}
	case points.Opaque:
		c := s.column(key, b.Type)
		for i, at := range b.Times {
			c.Bytes(at, b.Bytes[i], ttl)
		}
	}
}

// addNumbers puts numbers and nulls into the columns of their stored types.
func (s *Sink) addNumbers(key points.Key, ttl time.Duration, b *points.Block) {
	var longs, doubles, nulls *Column
	for i, at := range b.Times {
		switch {
		case b.Null(i):
			s.typed(&nulls, key, points.TypeNull).Null(at, ttl)
		case b.Int(i):
			s.typed(&longs, key, points.TypeLong).Int(at, b.Ints[i], ttl)
		default:
			if s.typed(&doubles, key, points.TypeDouble).Float(at, b.Floats[i], ttl) != nil {
				s.refused++
			}
		}
	}
}

// typed finds the column of a stored type once.
func (s *Sink) typed(c **Column, key points.Key, stored string) *Column {
	if *c == nil {
		*c = s.column(key, stored)
	}
	return *c
}

// column is the column of a stored type. The key's tags stay the caller's.
func (s *Sink) column(key points.Key, stored string) *Column {
	key.Type = stored
	if c := s.w.find(&key); c != nil {
		return c
	}
	key.Tags = slices.Clone(key.Tags)
	return s.w.Column(key)
}

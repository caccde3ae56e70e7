package storage

import "context"

// Wrapper is a Store around another one. What the inner store can do beyond
// Store is found through it by As. Narrowed is none: there is no way round it.
type Wrapper interface {
	Store
	Unwrap() Store
}

// As finds the first that is a T among s and the stores that it wraps: an
// optional ability of a driver, such as Sweeper.
func As[T any](s Store) (T, bool) {
	for {
		if found, ok := s.(T); ok {
			return found, true
		}
		w, ok := s.(Wrapper)
		if !ok {
			var none T
			return none, false
		}
		s = w.Unwrap()
	}
}

// Sweeper is a Store that clears expired points away when it is asked to, and
// with them the names that only they had. It also does so by itself, in time.
type Sweeper interface {
	Sweep(ctx context.Context) error
}

// Compacter is a Store that can bring what was written into its final form at
// once: afterwards a series is summarized as far as it will ever be.
type Compacter interface {
	Compact(ctx context.Context) error
}

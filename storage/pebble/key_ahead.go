package pebble

import (
	"context"
	"sync"

	"aion/storage/points"
)

// Of very many series the keys are read by a goroutine of its own, while the caller
// deals with those before: either takes about as long. It begins behind aheadFrom
// keys, so that who stops before does not have any read in vain, and is ahead by
// aheadDepth times aheadKeys keys and some.
const (
	aheadFrom  = 1 << 10
	aheadKeys  = 1 << 8
	aheadDepth = 3
)

// eachKeyAhead is eachKey, which may read some keys before f is called with them. What
// it has started has ended when it returns.
func (r reader) eachKeyAhead(ctx context.Context, members *set, f func(number uint64, k points.Key) (bool, error)) (err error) {
	keys := r.walkKeys(members)
	defer func() { err = translate(firstOf(err, keys.close())) }()
	more, err := keys.each(ctx, aheadFrom, f)
	if more && err == nil && keys.left.HasNext() {
		err = keys.ahead(ctx, f)
	}
	return err
}

// ahead calls f with the keys that are left until it answers false, and reads them
// meanwhile.
func (w *keyWalk) ahead(ctx context.Context, f func(number uint64, k points.Key) (bool, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	var failed error
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel()
	read, used := make(chan []numberedKey, aheadDepth), make(chan []numberedKey, aheadDepth+2)
	reading.Go(func() {
		defer close(read)
		failed = points.Guarded(func() error { return w.fill(ctx, read, used) })
	})
	for some := range read {
		for i := range some {
			if more, err := f(some[i].number, some[i].key); err != nil || !more {
				return err
			}
		}
		clear(some)
		used <- some[:0]
	}
	return failed
}

// fill reads the keys that are left and sends them by the hundred, into memory that
// has been used where there is some. What has been read before an error is sent.
func (w *keyWalk) fill(ctx context.Context, to chan<- []numberedKey, used <-chan []numberedKey) error {
	for {
		var some []numberedKey
		select {
		case some = <-used:
		default:
			some = make([]numberedKey, 0, aheadKeys)
		}
		_, err := w.each(ctx, aheadKeys, func(number uint64, k points.Key) (bool, error) {
			some = append(some, numberedKey{number, k})
			return true, nil
		})
		if len(some) == 0 {
			return err
		}
		select {
		case to <- some:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

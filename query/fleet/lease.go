package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"aion/storage/points"
)

// leaseTime is for how long a server has the right to sweep. It is prolonged
// while it sweeps; what a server that died held is free after it.
const leaseTime = 5 * time.Minute

// lease is the record by which one server at a time sweeps.
type lease struct {
	Owner string    `json:"owner,omitempty"` // empty: nobody sweeps
	Until time.Time `json:"until"`
	Swept time.Time `json:"swept"` // when a sweep last came to its end

	revision int64
}

// errOther says that it is not this server's turn, or no longer.
var errOther = errors.New("another server sweeps")

// leaseRecord is the only record of its kind.
const leaseRecord = "lease"

// readLease reads the lease.
func (f *Fleet) readLease(ctx context.Context) (l lease, err error) {
	r, err := f.c.Catalog.Record(ctx, kindSweep, leaseRecord)
	if err == nil && r.Revision != 0 && json.Unmarshal(r.Value, &l) != nil {
		l = lease{} // what makes no sense binds nobody
	}
	l.revision = r.Revision
	return l, err
}

// write stores the lease, unless somebody else has.
func (f *Fleet) write(ctx context.Context, l *lease) error {
	value, err := json.Marshal(l)
	if err != nil {
		return err
	}
	l.revision, err = f.c.Catalog.Put(ctx, kindSweep, leaseRecord, value, l.revision)
	if errors.Is(err, points.ErrConflict) {
		return errOther
	}
	return err
}

// turn takes the lease where a sweep is due and nobody else has it.
func (f *Fleet) turn(ctx context.Context) (lease, error) {
	l, err := f.readLease(ctx)
	now := f.now()
	switch {
	case err != nil:
		return l, err
	case l.Owner != "" && l.Owner != f.c.Owner && now.Before(l.Until), now.Before(l.Swept.Add(f.c.Every)) && !now.Before(l.Swept):
		return l, errOther
	}
	l.Owner, l.Until = f.c.Owner, now.Add(leaseTime)
	return l, f.write(ctx, &l)
}

// prolong keeps the lease, where it is time, or says that it is lost.
func (f *Fleet) prolong(ctx context.Context, l *lease) error {
	now := f.now()
	if l.Until.Sub(now) > leaseTime/2 {
		return nil
	}
	l.Until = now.Add(leaseTime)
	return f.write(ctx, l)
}

// sweeping sweeps as often as it is due until ctx ends, and ends what is over.
func (f *Fleet) sweeping(ctx context.Context) {
	timer, minute := time.NewTimer(0), time.NewTicker(passingTime)
	defer timer.Stop()
	defer minute.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-minute.C:
			if err := f.settle(ctx); err != nil && ctx.Err() == nil {
				f.c.Log.Warn("changes of guarded properties that were cut off cannot be ended", "error", err)
			}
			continue
		case <-timer.C:
		}
		if err := f.sweepInTurn(ctx); err != nil && ctx.Err() == nil {
			f.c.Log.Warn("points that are kept no longer cannot be deleted", "error", err)
		}
		timer.Reset(f.c.Every)
	}
}

// sweepInTurn sweeps where it is due and nobody else does.
func (f *Fleet) sweepInTurn(ctx context.Context) error {
	ruled, err := f.anyRules(ctx)
	if err != nil || !ruled {
		return err
	}
	l, err := f.turn(ctx)
	if errors.Is(err, errOther) {
		return nil
	}
	if err != nil {
		return err
	}
	err = f.sweep(ctx, func() error { return f.prolong(ctx, &l) })
	if errors.Is(err, errOther) {
		return err
	}
	if l.Owner = ""; err == nil {
		l.Swept = f.now()
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	return errors.Join(err, f.write(last, &l))
}

package fleet

import (
	"context"
	"errors"

	"aion/storage/points"
)

// passage is a change of what is guarded at a thing, from before it is stored until
// all servers know that it is.
type passage struct {
	f    *Fleet
	of   thing
	lost stays // the levels that no definition says afterwards
	open *begun
}

// begin tells all servers that the thing is about to be changed, and notes what
// stays closed then. Who begins again notes what stays anew.
func (p *passage) begin(ctx context.Context) error {
	if p.open == nil {
		b := &begun{Kind: p.of.kind, ID: p.of.record(), Since: p.f.now(), Number: newNumber()}
		if err := p.f.announce(ctx, &edit{add: b}); err != nil {
			return errors.Join(err, p.f.edit(context.WithoutCancel(ctx), &edit{remove: b}))
		}
		p.open = b
	}
	return p.f.stay(ctx, p.of, p.lost)
}

// end ends what was begun, as far as it is known what has become of it, and passes
// the error of that on. Of what stays closed it leaves what it has to.
func (p *passage) end(ctx context.Context, err error) error {
	if p == nil || p.open == nil || !certain(err) {
		return err // it is over by itself in a while
	}
	ctx = context.WithoutCancel(ctx)
	if err == nil {
		err = p.f.stay(ctx, p.of, p.lost)
	}
	_, failed := p.f.trim(ctx, p.of, p.open.Number)
	return errors.Join(err, failed, p.f.announce(ctx, &edit{remove: p.open}))
}

// during changes something within the passage; where p is nil nothing is guarded
// otherwise for it. What has begun does not end because who asks goes away: nobody
// would know what has become of it.
func (p *passage) during(ctx context.Context, change func(context.Context) error) error {
	if p == nil {
		return change(ctx)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if err := p.begin(ctx); err != nil {
		return p.end(ctx, err)
	}
	return p.end(ctx, change(ctx))
}

// certain tells whether it is known by an error, nil for none, what has become of
// a change. After others it may have been stored, or may still be.
func certain(err error) bool {
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range all.Unwrap() {
			if !certain(one) {
				return false
			}
		}
		return true
	}
	var invalid *points.InvalidError
	return err == nil || errors.Is(err, points.ErrConflict) || errors.Is(err, ErrTaken) || errors.Is(err, ErrUnknown) ||
		errors.Is(err, errOld) || errors.Is(err, errNew) || errors.Is(err, errSame) || errors.As(err, &invalid)
}

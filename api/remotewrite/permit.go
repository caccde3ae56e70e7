package remotewrite

import (
	"context"
	"fmt"
	"net/http"

	"google.golang.org/protobuf/encoding/protowire"

	"aion/api/access"
)

// permitted is nil where somebody may write all series of a request, and names
// the first that he may not. What is wrong otherwise is told by request, which
// then stores nothing beyond it either.
func (r *reader) permitted(ctx context.Context, who *access.Principal, b []byte) error {
	if who.Constraint.Free() {
		return nil
	}
	for i := 0; len(b) > 0; {
		f, rest, err := next(b)
		if err != nil {
			return nil
		}
		if b = rest; !f.is(requestSeries, protowire.BytesType) {
			continue
		}
		s, err := r.labelled(f.bytes)
		ok := true
		if err == nil && s.column != nil {
			if ok, err = who.Constraint.Writes(ctx, &s.key); err != nil {
				return err
			}
		}
		switch {
		case err != nil:
			return nil
		case !ok:
			reason := fmt.Sprintf("timeseries[%d](name=%s) may not be written with these credentials", i, s.key.Metric)
			return &access.DeniedError{Status: http.StatusForbidden, Reason: reason}
		}
		i++
	}
	return nil
}

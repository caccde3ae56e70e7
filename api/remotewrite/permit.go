package remotewrite

import (
	"fmt"
	"net/http"

	"google.golang.org/protobuf/encoding/protowire"

	"aion/api/access"
)

// permitted is nil where somebody may write all series of a request, and names
// the first that he may not. What is wrong otherwise is told by request, which
// then stores nothing beyond it either.
func (r *reader) permitted(who *access.Principal, b []byte) error {
	if len(who.Constraint.Matchers) == 0 {
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
		switch {
		case err != nil:
			return nil
		case s.column != nil && !who.Constraint.Permits(&s.key):
			reason := fmt.Sprintf("timeseries[%d](name=%s) may not be written with these credentials", i, s.key.Metric)
			return &access.DeniedError{Status: http.StatusForbidden, Reason: reason}
		}
		i++
	}
	return nil
}

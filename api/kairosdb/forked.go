package kairosdb

import (
	"math"

	"aion/aggregators"
	"aion/api/kairosdb/gson"
	"aion/storage/points"
)

// forked takes properties that forks of KairosDB know and dashboards made for them
// send: the sampling of sampler, of which the unit counts, and how filter is to
// treat what it cannot compare, which is ignored.
func (d *decoder) forked(context, aggregator string, values aggregators.Values, m gson.Member) (taken bool, err error) {
	switch {
	case aggregator == "filter" && m.Name == "filter_indeterminate_inclusion":
		return true, nil
	case aggregator == "sampler" && m.Name == "sampling" && m.Value.Kind == gson.ObjectKind:
		span, err := d.p.sampling(context, "sampling", m.Value)
		values["sampling"] = points.Span{Value: 1, Unit: span.Unit}
		return true, err
	}
	return false, nil
}

// groupCount is how many groups a time grouper has that does not say: one for each
// range of its size in the query, but one at least.
func (d *decoder) groupCount(size points.Span) int32 {
	length := d.span.To - d.span.From + 1
	one := d.q.now.UnixMilli() - size.Before(d.q.now.UnixMilli())
	if one <= 0 || length <= 0 {
		return 1
	}
	return int32(min(max(length/one, 1), math.MaxInt32))
}

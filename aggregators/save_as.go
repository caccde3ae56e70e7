package aggregators

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"aion/storage/points"
)

// saveAsSpec describes save_as: it publishes every point that passes under
// another metric, and passes it on.
func saveAsSpec() Spec {
	return Spec{
		Name: "save_as", Label: "Save As", Description: "Saves the results to a new metric.",
		Properties: []Property{{
			Name: "metric_name", Label: "Save As", Type: String, Default: "<new name>",
			Description: "The name of the new metric.",
			Validations: []Validation{{"!value && value.length > 0", "The name can't be empty."}},
		}},
		Hidden: []Property{
			{Name: "tags", Label: "Tags", Type: TagMap, Optional: true, Description: "Tags of the stored points."},
			{
				Name: "ttl", Label: "TTL", Type: Int, Optional: true, Default: "0",
				Description: "Life of the stored points in seconds; 0 is the store's default.",
			},
			{
				Name: "add_saved_from", Label: "Add saved from", Type: Bool, Optional: true, Default: "true",
				Description: "Adds the tag saved_from with the name of the queried metric.",
			},
			{Name: "group_bys", Label: "Group bys", Type: Any, Optional: true, Description: "Is taken and ignored."},
		},
		Build: func(_ Env, v Values) (Aggregator, error) {
			return &saveAs{
				metric: get(v, "metric_name", ""),
				tags:   get(v, "tags", points.Tags(nil)),
				ttl:    time.Duration(get(v, "ttl", int64(0))) * time.Second,
				from:   get(v, "add_saved_from", true),
			}, nil
		},
	}
}

// saveAs is the aggregator.
type saveAs struct {
	metric string
	tags   points.Tags
	ttl    time.Duration
	from   bool
}

// Kind is the input's.
func (s *saveAs) Kind(in points.Kind) (points.Kind, bool) { return in, true }

// InTurn makes the groups' points be published in the groups' order.
func (s *saveAs) InTurn() bool { return true }

// String is the aggregator for plans.
func (s *saveAs) String() string {
	parts := []string{s.metric}
	if len(s.tags) != 0 {
		parts = append(parts, s.tags.String())
	}
	if s.ttl != 0 {
		parts = append(parts, "ttl "+s.ttl.String())
	}
	if !s.from {
		parts = append(parts, "no saved_from")
	}
	return call("save_as", parts...)
}

// Apply publishes one stream.
func (s *saveAs) Apply(g Group, in points.Cursor) points.Cursor {
	return &blockCursor{in: in, change: &saver{saveAs: s, group: g}}
}

// saver publishes the points of one group.
type saver struct {
	*saveAs
	group Group
	tags  points.Tags // of the published points
}

// open makes the tags of the published points. One name twice is a failure.
func (s *saver) open() error {
	all := slices.Clone(s.saveAs.tags)
	if s.from {
		all = append(all, points.Tag{Name: "saved_from", Value: s.group.Metric})
	}
	for _, t := range s.group.Tags {
		if len(t.Values) == 1 && slices.Contains(s.group.By, t.Name) {
			all = append(all, points.Tag{Name: t.Name, Value: t.Values[0]})
		}
	}
	slices.SortStableFunc(all, func(a, b points.Tag) int { return points.CompareUTF16(a.Name, b.Name) })
	for i := 1; i < len(all); i++ {
		if a, b := all[i-1], all[i]; a.Name == b.Name {
			return &ComputeError{fmt.Sprintf("Multiple entries with same key: %s=%s and %s=%s",
				a.Name, a.Value, b.Name, b.Value)}
		}
	}
	all.Sort()
	s.tags = all
	return nil
}

// change publishes b and leaves it as it is.
func (s *saver) change(ctx context.Context, b *points.Block) error {
	if s.metric == "" {
		return &ComputeError{}
	}
	if s.group.Run == nil || s.group.Run.Sink == nil {
		return errors.New("there is nothing to save points to")
	}
	return s.group.Run.Sink.Save(ctx, s.metric, s.tags, s.ttl, b)
}

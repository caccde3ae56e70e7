package storage_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"aion/storage"
	"aion/storage/memory"
	"aion/storage/points"
)

// keyOf makes a key of longs from m{a=1,b=2}.
func keyOf(text string) points.Key {
	metric, tags, _ := strings.Cut(strings.TrimSuffix(text, "}"), "{")
	k := points.Key{Metric: metric, Type: points.TypeLong}
	for tag := range strings.SplitSeq(tags, ",") {
		if name, value, ok := strings.Cut(tag, "="); ok {
			k.Tags = append(k.Tags, points.Tag{Name: name, Value: value})
		}
	}
	k.Tags.Sort()
	return k
}

// longsAt makes points with the value 1.
func longsAt(times ...int64) points.Block {
	var b points.Block
	for _, at := range times {
		b.AppendInt(at, 1)
	}
	return b
}

// batchOf puts one point into each series.
func batchOf(keys ...string) *storage.Batch {
	var b storage.Batch
	for _, k := range keys {
		b.Put(keyOf(k), longsAt(1), 0)
	}
	return &b
}

// house is a checked memory store with the series of two tenants.
func house(t *testing.T) storage.Store {
	t.Helper()
	s := storage.Checked(memory.New(memory.Config{}))
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	err := s.Write(t.Context(), batchOf("temp{organization=acme,device=d1}", "temp{organization=acme,device=d2}",
		"hum{organization=acme,device=d3}", "temp{organization=other,device=d1}", "secret{organization=other}", "old{device=d1}", "bare"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// joined is what a sequence yields, sorted.
func joined[T any](t *testing.T, seq iter.Seq2[T, error], name func(T) string) string {
	t.Helper()
	var all []string
	for v, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, name(v))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// keyName prints the key of a series of longs.
func keyName(s storage.Series) string { return strings.TrimSuffix(s.Key().String(), " kairos_long") }

// itself is s.
func itself(s string) string { return s }

// view is all that a reader tells: series, metrics, tag names, devices.
func view(t *testing.T, r storage.Reader, s storage.Selection) string {
	t.Helper()
	ctx := t.Context()
	return joined(t, r.Select(ctx, s), keyName) + " | " + joined(t, r.Metrics(ctx, s), itself) + " | " +
		joined(t, r.TagNames(ctx, s), itself) + " | " + joined(t, r.TagValues(ctx, "device", s), itself)
}

// TestNarrowedReads: nothing outside of the constraint shows, whichever way one
// asks, in the store and in its snapshots.
func TestNarrowedReads(t *testing.T) {
	none := storage.Constraint{}
	acme := none.Organization("organization", "acme")
	tests := []struct {
		name       string
		constraint storage.Constraint
		selection  storage.Selection
		want       string
	}{
		{"organization", acme, storage.Selection{}, "hum{device=d3,organization=acme} temp{device=d1,organization=acme} " +
			"temp{device=d2,organization=acme} | hum temp | device organization | d1 d2 d3"},
		{"devices", acme.Devices("device", "d1", "d3"), storage.Selection{}, "hum{device=d3,organization=acme} " +
			"temp{device=d1,organization=acme} | hum temp | device organization | d1 d3"},
		{"devices and a metric", acme.Devices("device", "d1", "d3"), storage.Selection{Metrics: []string{"temp", "secret"}},
			"temp{device=d1,organization=acme} | temp | device organization | d1"},
		{"a matcher of the caller's on the same tag", acme, storage.Selection{Matchers: []storage.Matcher{
			{Tag: "organization", Values: []string{"other"}}}}, " |  |  | "},
		{"the tenant without a tag", none.Organization("organization", ""), storage.Selection{}, "bare{} old{device=d1} | bare old | device | d1"},
		{"no devices", acme.Devices("device"), storage.Selection{}, " |  |  | "},
		{"no constraint", none, storage.Selection{Prefix: "s"}, "secret{organization=other} | secret | organization | "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := storage.Narrowed(house(t), tt.constraint)
			if got := view(t, s, tt.selection); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
			snap, err := s.Snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := view(t, snap, tt.selection); got != tt.want {
				t.Errorf("the snapshot has %s\nwant %s", got, tt.want)
			}
			if err := snap.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestNarrowedWrites: a batch with one change outside is refused whole and the
// change is named.
func TestNarrowedWrites(t *testing.T) {
	c := storage.Constraint{}.Organization("organization", "acme").Devices("device", "d1", "d2")
	const mine = "temp{organization=acme,device=d1}"
	tests := []struct {
		name  string
		batch *storage.Batch
		want  string
	}{
		{"within", batchOf(mine, "new{organization=acme,device=d2}"), "<nil>"},
		{"nothing", &storage.Batch{}, "<nil>"},
		{"another device", batchOf(mine, "new{organization=acme,device=d3}", "new{organization=other,device=d1}"),
			"not permitted: change 1 of the batch is to new{device=d3,organization=acme} kairos_long"},
		{"another organization", batchOf("new{organization=other,device=d1}"),
			"not permitted: change 0 of the batch is to new{device=d1,organization=other} kairos_long"},
		{"no organization", batchOf("new{device=d1}"), "not permitted: change 0 of the batch is to new{device=d1} kairos_long"},
		{"no device", batchOf("new{organization=acme}"), "not permitted: change 0 of the batch is to new{organization=acme} kairos_long"},
		{"a removal", removalOf("temp{organization=acme,device=d3}"),
			"not permitted: change 0 of the batch is to temp{device=d3,organization=acme} kairos_long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := house(t)
			before := view(t, s, storage.Selection{})
			err := storage.Narrowed(s, c).Write(t.Context(), tt.batch)
			if got := fmt.Sprint(err); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
			var forbidden *storage.ForbiddenError
			if refused := err != nil; errors.Is(err, points.ErrForbidden) != refused || errors.As(err, &forbidden) != refused {
				t.Errorf("%v is no ForbiddenError", err)
			}
			if after := view(t, s, storage.Selection{}); (err != nil) && after != before {
				t.Errorf("the store had %s\nand has %s", before, after)
			}
		})
	}
}

// removalOf removes a point from a series.
func removalOf(key string) *storage.Batch {
	var b storage.Batch
	b.Remove(keyOf(key), 1)
	return &b
}

// TestNarrowedDelete: a deletion of everything takes what is permitted.
func TestNarrowedDelete(t *testing.T) {
	s := house(t)
	mine := storage.Narrowed(s, storage.Constraint{}.Organization("organization", "acme").Devices("device", "d1", "d2"))
	if err := mine.Delete(t.Context(), storage.Selection{}, points.Always); err != nil {
		t.Fatal(err)
	}
	want := "bare{} hum{device=d3,organization=acme} old{device=d1} secret{organization=other} temp{device=d1,organization=other}"
	if got := joined(t, s.Select(t.Context(), storage.Selection{}), keyName); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestNarrowedIsTheGate: nobody gets round a narrowed store or closes what is
// behind it, and a constraint does not change with what it was made of.
func TestNarrowedIsTheGate(t *testing.T) {
	s := house(t)
	ids := []string{"d1"}
	c := storage.Constraint{}.Organization("organization", "acme")
	one, two := c.Devices("device", ids...), c.Devices("device", "d2")
	ids[0] = "d3"
	n := storage.Narrowed(s, one)
	c.Matchers[0].Values = []string{"other"}
	if _, ok := storage.As[storage.Sweeper](n); ok {
		t.Error("As finds the store behind Narrowed")
	}
	if err := errors.Join(n.Health(t.Context()), n.Close()); err != nil {
		t.Error(err)
	}
	want := "temp{device=d1,organization=acme}"
	if got := joined(t, n.Select(t.Context(), storage.Selection{}), keyName); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	want = "temp{device=d2,organization=acme}"
	if got := joined(t, storage.Narrowed(s, two).Select(t.Context(), storage.Selection{}), keyName); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

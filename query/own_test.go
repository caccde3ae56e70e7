package query

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aion/aggregators"
	"aion/storage"
	"aion/storage/points"
)

// bounded is the key of a context whose queries have limits of their own.
type bounded struct{}

// ofContext are the limits that a context has.
func ofContext(ctx context.Context) Limits {
	l, _ := ctx.Value(bounded{}).(Limits)
	return l
}

// toTheEnd reads all points of a plan's answers.
func toTheEnd(ctx context.Context, e *Engine, s storage.Store, p *Plan) error {
	for answer, err := range e.Run(ctx, s, p, nil) {
		if err != nil {
			return err
		}
		for result, err := range answer.Results {
			if err == nil {
				err = drain(ctx, result.Points)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// TestOwnLimits: the smaller limit counts, whoever set it, and the refusal names
// it; who has none has the engine's.
func TestOwnLimits(t *testing.T) {
	points1 := stored{points.Key{Metric: "m", Tags: points.TagsOf(map[string]string{"host": "a"}), Type: points.TypeLong}, *ints(1, 2, 3)}
	points2 := points1
	points2.key.Tags = points.TagsOf(map[string]string{"host": "b"})
	s := storeOf(t, []stored{points1, points2})
	few, many := Limits{MaxPoints: 5, MaxSeries: 10, MaxMemory: 1 << 20}, Limits{}
	for _, tt := range []struct {
		name        string
		server, own Limits
		want        string // the limit
	}{
		{"none", few, Limits{}, "query.max-points"},
		{"larger ones", few, Limits{MaxPoints: 6, MaxSeries: 11, MaxMemory: 2 << 20}, "query.max-points"},
		{"points", few, Limits{MaxPoints: 4}, "limits.points"},
		{"series", many, Limits{MaxSeries: 1}, "limits.series"},
		{"groups", many, Limits{MaxGroups: 1}, "limits.groups"},
		{"memory", many, Limits{MaxMemory: 500}, "limits.memory"},
	} {
		plan, err := Build(Query{Metrics: []Metric{{Name: "m", Groupers: []Grouper{TagGrouper{[]string{"host"}}}}}}, now, Options{Specs: aggregators.Builtin()})
		if err != nil {
			t.Fatal(err)
		}
		e := New(Config{Limits: tt.server, Own: ofContext})
		err = toTheEnd(context.WithValue(t.Context(), bounded{}, tt.own), e, s, plan)
		var limit *points.LimitError
		if !errors.As(err, &limit) || limit.Limit != tt.want {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
}

// TestOwnTimeout: a query ends when the time of whoever asks is over, and the error
// names his limit, not the engine's.
func TestOwnTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for own, want := range map[time.Duration]string{
			0: "query.timeout of 1m0s", time.Second: "limits.timeout of 1s", time.Hour: "query.timeout of 1m0s",
		} {
			e := New(Config{Limits: Limits{Timeout: time.Minute}, Own: ofContext})
			ctx, turn, err := e.admit(context.WithValue(t.Context(), bounded{}, Limits{Timeout: own}))
			if err != nil {
				t.Fatal(err)
			}
			<-ctx.Done()
			if err := named(ctx, ctx.Err()); !strings.Contains(err.Error(), want) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("own %v: got %v, want %s", own, err, want)
			}
			turn.end()
		}
	})
}

// TestClockedOnce: a query that its caller has clocked ends by that clock, one whose
// caller's runs out later by its own, and either when it is released.
func TestClockedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := New(Config{Limits: Limits{Timeout: time.Minute}})
		clocked, stop := e.Clocked(t.Context())
		defer stop()
		long, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		for name, caller := range map[string]context.Context{"clocked": clocked, "not clocked": t.Context(), "with a later end": long} {
			ctx, turn, err := e.admit(caller)
			if err != nil {
				t.Fatal(err)
			}
			if at, _ := ctx.Deadline(); time.Until(at) != time.Minute {
				t.Errorf("%s: ends in %v, want %v", name, time.Until(at), time.Minute)
			}
			if turn.end(); ctx.Err() == nil || caller.Err() != nil {
				t.Errorf("%s: behind its release: %v, and the caller's %v; want an end of the query's alone", name, ctx.Err(), caller.Err())
			}
		}
		ctx, turn, err := e.admit(clocked)
		if err != nil {
			t.Fatal(err)
		}
		defer turn.end()
		<-ctx.Done()
		if err := named(ctx, ctx.Err()); !strings.Contains(err.Error(), "query.timeout of 1m0s") {
			t.Errorf("got %v, want the limit's name", err)
		}
	})
}

package pebble

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/pebble/posting"
	"aion/storage/points"
)

// hostsOf are the hosts of the series of a metric in that data centre, of this rack
// where one is named.
func hostsOf(t testing.TB, r storage.Reader, centre, rack string) []string {
	matchers := []storage.Matcher{{Tag: "dc", Values: []string{centre}}}
	if rack != "" {
		matchers = append(matchers, storage.Matcher{Tag: "rack", Values: []string{rack}})
	}
	return hostsBy(t, r, matchers)
}

// hostsBy are the hosts of the series of a metric for which matchers hold.
func hostsBy(t testing.TB, r storage.Reader, matchers []storage.Matcher) (hosts []string) {
	for s, err := range r.Select(t.Context(), storage.Selection{Metrics: []string{"cpu"}, Matchers: matchers}) {
		if err != nil {
			t.Error(err)
			return nil
		}
		hosts = append(hosts, s.Key().Tags[1].Value)
	}
	slices.Sort(hosts)
	return hosts
}

// inCentre is the key of a host's series in a data centre.
func inCentre(host, centre string) points.Key {
	return points.Key{Metric: "cpu", Type: points.TypeLong, Tags: points.Tags{
		{Name: "dc", Value: centre}, {Name: "host", Value: host}, {Name: "rack", Value: "r1"}}}
}

// TestPostingsKept: what is kept of postings is what a reader would find, whose
// snapshot may be older than the last change of the index or than what is kept.
func TestPostingsKept(t *testing.T) {
	centre := storage.Matcher{Tag: "dc", Values: []string{"ams"}}
	for _, matchers := range [][]storage.Matcher{
		{centre},
		{centre, {Tag: "rack", Values: []string{"r1"}}},
		{{Tag: "dc", Values: []string{"fra", "ams", "fra"}}},
		{{Tag: "host", Values: []string{"b", "a"}}},
		{{Tag: "dc", Patterns: []*storage.Pattern{mustPattern(t, "am.*")}}},
		{{Tag: "dc", Values: []string{"fra"}, Patterns: []*storage.Pattern{mustPattern(t, "a.s"), mustPattern(t, "f.*")}}},
		{centre, {Tag: "host", Patterns: []*storage.Pattern{mustPattern(t, "[ab]")}}},
		{centre, {Tag: "host", Patterns: []*storage.Pattern{mustPattern(t, "[^ab]")}, Not: true}},
	} {
		s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
		defer s.Close()
		check := func(what string, r storage.Reader, want ...string) {
			t.Helper()
			for range 2 { // which is kept the second time
				if got := hostsBy(t, r, matchers); !slices.Equal(got, want) {
					t.Errorf("%v, %s: got %v, want %v", matchers, what, got, want)
				}
			}
		}
		snapshot := func() storage.Snapshot {
			snap, err := s.Snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = snap.Close() })
			return snap
		}
		none := snapshot()
		check("before", s)
		put(t, s, inCentre("a", "ams"), 1, 1, 1)
		one := snapshot()
		check("after the first", s, "a")
		put(t, s, inCentre("b", "ams"), 1, 1, 1)
		check("after the second", s, "a", "b")
		put(t, s, inCentre("a", "ams"), 2, 1, 1)
		check("after a point more", s, "a", "b")
		sel := storage.Selection{Matchers: []storage.Matcher{{Tag: "host", Values: []string{"a"}}}}
		if err := s.Delete(t.Context(), sel, points.Always); err != nil {
			t.Fatal(err)
		}
		check("after a deletion", s, "b")
		check("then, before all", none)
		check("then, after the first", one, "a")
		check("after a deletion, once more", s, "b")
	}
}

// TestPostingsWhileWritten: a series is found as soon as it is written, and no
// longer once it is deleted, whoever asks meanwhile.
func TestPostingsWhileWritten(t *testing.T) {
	s := mustOpen(t, Config{Dir: "db", fs: vfs.NewMem(), still: true})
	defer s.Close()
	rounds := 200
	if testing.Short() {
		rounds = 30
	}
	stop := make(chan struct{})
	var asking, writing sync.WaitGroup
	for range 2 {
		asking.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					for i := range 2 {
						hostsOf(t, s, fmt.Sprintf("c%d", i), "r1")
						hostsOf(t, s, fmt.Sprintf("c%d", i), "")
					}
				}
			}
		})
	}
	for i := range 2 {
		writing.Go(func() {
			centre := fmt.Sprintf("c%d", i)
			for round := range rounds {
				key := inCentre(fmt.Sprintf("h%d", round), centre)
				put(t, s, key, 1, 1, 1)
				if got := hostsOf(t, s, centre, ""); !slices.Equal(got, []string{key.Tags[1].Value}) {
					t.Errorf("round %d of %s: got %v after a write", round, centre, got)
				}
				sel := storage.Selection{Matchers: []storage.Matcher{{Tag: "dc", Values: []string{centre}}}}
				if err := s.Delete(t.Context(), sel, points.Always); err != nil {
					t.Error(err)
				}
				if got := hostsOf(t, s, centre, ""); len(got) != 0 {
					t.Errorf("round %d of %s: got %v after a deletion", round, centre, got)
				}
			}
		})
	}
	writing.Wait()
	close(stop)
	asking.Wait()
}

// TestPostingCache: a posting is found in its turn alone, none that is large is
// kept, and none at all while the index is changed or where nobody knows whether it
// was.
func TestPostingCache(t *testing.T) {
	var c postingCache
	key, members := []byte("p"), &set{}
	members.AddMany([]uint64{3, 5})
	finds := func(turn uint64) bool {
		_, ok := c.find(turn, key)
		return ok
	}
	first := c.present()
	c.keep(noTurn, key, members)
	if finds(first) || finds(noTurn) {
		t.Error("a posting of no turn is kept")
	}
	c.keep(first, key, members)
	if got, ok := c.find(first, key); !ok || !slices.Equal(got, []uint64{3, 5}) {
		t.Errorf("got %v, %v, want 3 and 5", got, ok)
	}
	if err := c.change(func() error {
		if c.present() != noTurn {
			t.Error("there is a turn while the index is changed")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if second := c.present(); second == first || finds(second) || !finds(first) {
		t.Errorf("got turn %d after %d, found %v in it and %v before", second, first, finds(second), finds(first))
	}
	members.AddRange(0, posting.Few+1)
	c.keep(c.present(), key, members)
	if finds(c.present()) {
		t.Error("a large posting is kept")
	}
	key = appendPosting(nil, postFit, "tag", "a.*", "m")
	if c.keep(c.present(), key, members); !finds(c.present()) {
		t.Error("what fits a pattern is not kept")
	}
	members.AddRange(0, fewFits+1)
	c = postingCache{}
	if c.keep(c.present(), key, members); finds(c.present()) {
		t.Error("much that fits a pattern is kept")
	}
	if err := c.change(func() error { return points.ErrUnavailable }); err == nil || c.present() != noTurn {
		t.Errorf("got %v and turn %d after a failure", err, c.present())
	}
}

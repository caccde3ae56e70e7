package cassandra

import (
	"fmt"
	"testing"
	"time"

	"aion/storage"
	"aion/storage/points"
)

// TestTrial: a series that is written once, just after another server has deleted
// its metric and before anybody has noticed, is found when that is noticed,
// though it is not written again.
func TestTrial(t *testing.T) {
	c := newClock(time.Now().UnixMilli())
	s := opened(t, Config{Now: c.now, IndexRefresh: time.Hour})
	a, b := cpu("a"), cpu("b")
	writes(t, s, put(a, 0, someTime, 1), put(b, 0, someTime, 1))
	c.at.Add(5)
	expel(t, s, a, c.at.Load(), true)
	expel(t, s, b, c.at.Load(), true)
	c.at.Add(5)
	writes(t, s, put(b, 0, someTime+1, 2))
	if got, want := indexedIn(t, s, b), "name 0, time 0, row 0"; got != want {
		t.Fatalf("within the second: got %s, want %s", got, want)
	}
	c.at.Add(1000)
	writes(t, s, put(a, 0, someTime+1, 2))
	if got := indexedIn(t, s, a); got != everywhere {
		t.Errorf("the one that is written: got %s, want %s", got, everywhere)
	}
	eventually(t, "the other one is found", func() bool {
		c.at.Add(1000)
		return indexedIn(t, s, b) == everywhere
	})
}

// TestTrialOfOneSeries: the same where another server has deleted the series by
// its tags, which leaves its row time.
func TestTrialOfOneSeries(t *testing.T) {
	s := opened(t, Config{IndexRefresh: time.Hour})
	a, b := cpu("a"), cpu("b")
	writes(t, s, put(a, 0, someTime, 1), put(b, 0, someTime, 1))
	expel(t, s, a, s.stamps.last(), false)
	writes(t, s, put(a, 0, someTime+1, 2))
	eventually(t, "the series is found", func() bool { return indexedIn(t, s, a) == everywhere })
}

// TestTrialOfWhatIsGone: what another server deletes just after it was written
// stays deleted, with its series and its metric.
func TestTrialOfWhatIsGone(t *testing.T) {
	c := newClock(time.Now().UnixMilli())
	s := opened(t, Config{Now: c.now, IndexRefresh: time.Hour})
	k := cpu("a")
	writes(t, s, put(k, 0, someTime, 1))
	c.at.Add(5)
	writes(t, s, put(k, 0, someTime+1, 1))
	second := opened(t, Config{IndexRefresh: time.Hour, Write: Cluster{Keyspace: s.config.Write.Keyspace}})
	if err := second.Delete(t.Context(), storage.Selection{Metrics: []string{"cpu"}}, points.Always); err != nil {
		t.Fatal(err)
	}
	c.at.Add(1000)
	eventually(t, "nothing is on trial", func() bool {
		c.at.Add(1000)
		s.index.mu.Lock()
		defer s.index.mu.Unlock()
		return s.index.trials == 0 && len(s.index.onTrial) == 0
	})
	if got, want := indexedIn(t, s, k), "name 0, time 0, row 0"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestTrialInTheBackground: the same where nobody writes to the metric again.
func TestTrialInTheBackground(t *testing.T) {
	s := opened(t, Config{IndexRefresh: time.Hour})
	k := cpu("a")
	writes(t, s, put(k, 0, someTime, 1), put(k, 0, someTime+1, 1))
	expel(t, s, k, s.stamps.last(), true)
	eventually(t, "the series is found", func() bool { return indexedIn(t, s, k) == everywhere })
	eventually(t, "nothing is on trial", func() bool {
		s.index.mu.Lock()
		defer s.index.mu.Unlock()
		return s.index.trials == 0 && len(s.index.onTrial) == 0
	})
}

// TestTrialOfNewSeries: the same for a series that is written for the first time,
// and so entered itself, in a row time that is believed to be there.
func TestTrialOfNewSeries(t *testing.T) {
	s := opened(t, Config{IndexRefresh: time.Hour})
	k := cpu("a")
	writes(t, s, put(k, 0, someTime, 1))
	expel(t, s, k, s.stamps.last(), true)
	fresh := cpu("b")
	writes(t, s, put(fresh, 0, someTime, 1))
	eventually(t, "the new series is found", func() bool { return indexedIn(t, s, fresh) == everywhere })
}

// TestTwoStores: what one store deletes the other enters again when it writes on,
// and both find it.
func TestTwoStores(t *testing.T) {
	first := opened(t, Config{IndexRefresh: time.Hour})
	second := opened(t, Config{IndexRefresh: time.Hour, Write: Cluster{Keyspace: first.config.Write.Keyspace}})
	k := cpu("a")
	cpus := storage.Selection{Metrics: []string{"cpu"}}
	writes(t, first, put(k, 0, someTime, 1))
	for i := range int64(3) {
		if err := second.Delete(t.Context(), cpus, points.Always); err != nil {
			t.Fatal(err)
		}
		wants(t, "deleted", stored(t, first, k))
		writes(t, first, put(k, 0, someTime+i, i))
		for name, s := range map[string]*Store{"first": first, "second": second} {
			eventually(t, "the "+name+" store finds the series", func() bool { return len(found(t, s, cpus, points.Always)) == 1 })
		}
		wants(t, "written on", stored(t, second, k), fmt.Sprintf("%d=%d", i, i))
	}
}

// TestTrialAhead: where the clock of the server that has deleted a metric is
// ahead of ours, what is entered again at first stays hidden. It is entered until
// it is found, though nobody writes to it any more.
func TestTrialAhead(t *testing.T) {
	c := newClock(time.Now().UnixMilli())
	s := opened(t, Config{Now: c.now, IndexRefresh: time.Hour})
	a, b := cpu("a"), cpu("b")
	writes(t, s, put(a, 0, someTime, 1), put(b, 0, someTime, 1), put(b, 0, someTime+1, 1))
	c.at.Add(1000)
	expel(t, s, a, c.at.Load()+500, true)
	expel(t, s, b, c.at.Load()+500, true)
	writes(t, s, put(a, 0, someTime+1, 1))
	if got, want := indexedIn(t, s, a), "name 0, time 0, row 0"; got != want {
		t.Fatalf("entered at first: got %s, want %s", got, want)
	}
	c.at.Add(1000)
	for _, k := range []points.Key{a, b} {
		eventually(t, k.String()+" is found", func() bool { return indexedIn(t, s, k) == everywhere })
	}
	eventually(t, "nothing is on trial", func() bool {
		c.at.Add(1000)
		s.index.mu.Lock()
		defer s.index.mu.Unlock()
		return s.index.trials == 0 && len(s.index.onTrial) == 0
	})
}

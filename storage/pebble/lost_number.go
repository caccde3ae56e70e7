package pebble

import (
	"bytes"
	"fmt"

	"aion/storage/points"
)

// The number of a series stands in one place by its fingerprint. Where that is damaged,
// postings and sheets tell the number, or that there is none, and it is stored anew. To
// take a series that is there for a new one would part its points: where its postings or
// a key that may be its own are damaged, too, the series is refused.

// lostAmong is up to how many series are looked at for one whose number is damaged. There
// are more only where postings are damaged, too.
const lostAmong = 1 << 12

// loadLost finds the number of a series that stands where what is damaged says, and has
// the batch store it anew.
func (w *writer) loadLost(s *Store, it *item, damage error) error {
	s.damaged.Add(1)
	w.key = it.change.Key.Append(w.key[:0])
	held := s.hold()
	number, err := held.lostNumber(&it.change.Key, w.key)
	if err = firstOf(err, held.snap.Close()); err != nil {
		return fmt.Errorf("find the number of %s, whose entry is damaged, by its postings: %w (%w)", &it.change.Key, translate(err), damage)
	}
	if number == 0 {
		return nil
	}
	e := s.dict.learn([]named{{number: number, digest: it.digest}}, it.digest)
	if e.stored {
		it.number, it.due = e.number, e.due
		w.born.print(w.key, e.number)
	}
	return nil
}

// lostNumber is the number of a series as postings and sheets have it; 0: there is no such
// series. Nobody removes series meanwhile.
func (r reader) lostNumber(k *points.Key, key []byte) (uint64, error) {
	members, err := r.candidates(k)
	if err != nil {
		return 0, err
	}
	if n := members.GetCardinality(); n > lostAmong {
		return 0, fmt.Errorf("any of %d series may be it: %w", n, points.ErrCorrupt)
	}
	var found []byte
	for it := members.Iterator(); it.HasNext(); {
		number, ok := it.Next(), false
		var failed error
		if found, ok, failed = readKey(r.snap, found[:0], number); failed == nil && !ok {
			failed = missing(number)
		}
		if failed == nil && bytes.Equal(found, key) {
			return number, nil
		}
		err = firstOf(err, failed)
	}
	return 0, err
}

// candidates is a set of series among which is the one of a key, if it is there: those of
// its metric that have its tags and no others, as far as postings can be read.
func (r reader) candidates(k *points.Key) (*set, error) {
	members, damage := readPosting(r.snap, appendPosting(nil, postMetric, k.Metric))
	if damage != nil && !isDamage(damage) {
		return nil, damage
	}
	for i := range k.Tags {
		some, err := readPosting(r.snap, appendPosting(nil, postValue, k.Tags[i].Name, k.Tags[i].Value, k.Metric))
		switch {
		case err == nil && members == nil:
			members = some
		case err == nil:
			members.And(some)
		case !isDamage(err):
			return nil, err
		}
	}
	if members == nil {
		return nil, damage
	}
	err := r.dropTagged(members, k)
	return members, err
}

// dropTagged takes those out of members that have a tag more than a key, as far as that
// can be read.
func (r reader) dropTagged(members *set, k *points.Key) error {
	if members.GetCardinality() <= byKey {
		return nil
	}
	sc := scope{r: r, metric: k.Metric, one: true}
	err := r.eachText(closing(r.s.stop), sc.tags(), "", func(tag string, of holders) (step, error) {
		if _, has := k.Tags.Value(tag); has {
			return stepOn, nil
		}
		var others set
		if err := of.addTo(&others); err != nil { // what it tells of some is not to be trusted
			return stepOut, err
		}
		members.AndNot(&others)
		return stepOn, nil
	})
	return r.s.forgive(err)
}

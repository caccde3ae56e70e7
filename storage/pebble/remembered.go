package pebble

import (
	"slices"

	"aion/storage"
	"aion/storage/points"
)

// remembered is which series stood where in the batches before: a client mostly sends
// its series in one order, and to compare keys costs less than to look for one. Its
// memory is used again.
type remembered []rememberedSeries

// rememberedSeries is a series in its place. The key is known once the series has stood
// there twice in a row, and its tags are a copy.
type rememberedSeries struct {
	digest digest
	number uint64 // 0: the key is not known
	key    points.Key
}

// rememberedMost is how many places are remembered at most, and rememberedKey what a key
// weighs at most that is: the texts of a writer's keys, which it keeps from batch to
// batch, come to 2 MiB at most, where those of 64 KiB would come to 128.
const (
	rememberedMost = 1 << 11
	rememberedKey  = 1 << 10
)

// number is the number of the series of a change in that place, as it was when it was
// remembered; 0: another one was there.
func (r remembered) number(place int, k *points.Key) uint64 {
	if place < len(r) && r[place].number != 0 && sameKey(&r[place].key, k) {
		return r[place].number
	}
	return 0
}

// sameKey tells whether two keys name one series.
func sameKey(a, b *points.Key) bool {
	return a.Metric == b.Metric && a.Type == b.Type && slices.Equal(a.Tags, b.Tags)
}

// learn remembers the items whose digests have been made, which are all but those that
// have been found here.
func (r *remembered) learn(items []item) {
	for i := range items[:min(len(items), rememberedMost)] {
		if i == len(*r) {
			*r = append(*r, rememberedSeries{})
		}
		(*r)[i].learn(&items[i])
	}
}

// learn is remembered.learn of one place.
func (x *rememberedSeries) learn(it *item) {
	switch {
	case it.digest == digest{}:
	case it.number == 0 || x.digest != it.digest || it.change.Key.Weight() > rememberedKey:
		*x = rememberedSeries{digest: it.digest}
	default:
		x.number, x.key = it.number, it.change.Key
		x.key.Tags = slices.Clone(x.key.Tags)
	}
}

// item is a change whose series has not been looked at yet, or has the number that it
// had in its place before.
func (w *writer) item(s *Store, c *storage.Change) item {
	it := item{named: named{number: w.remembered.number(len(w.items), &c.Key)}, change: c}
	if it.number == 0 {
		w.identify(s.dict, &it)
	}
	return it
}

// identify makes the digest of an item.
func (w *writer) identify(d *dictionary, it *item) {
	w.key = it.change.Key.Append(w.key[:0])
	it.digest = d.digest(w.key)
}

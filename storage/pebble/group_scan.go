package pebble

import "github.com/cockroachdb/pebble/v2"

// collectGroups adds to sc.over what groups have of a series.
func (sc *scan) collectGroups(number uint64, e epochs) error {
	may := sc.grouped.may(number)
	if may.haveCarried(e) {
		sc.key = appendNumbered(sc.key[:0], keyCarriedGroup, sheetOf(number))
		if err := sc.addGrouped(number, parseCarriedGroupKey); err != nil {
			return err
		}
	}
	for epoch := e.oldest; epoch <= e.newest && may.haveRuns(epoch); epoch++ {
		sc.key = appendSheetGroups(sc.key[:0], epoch, sheetOf(number))
		if err := sc.addGrouped(number, parseRunGroupKey); err != nil {
			return err
		}
	}
	return nil
}

// addGrouped adds the runs of a series in the groups under the prefix sc.key.
func (sc *scan) addGrouped(number uint64, parse parseRank) error {
	for ok := sc.seek(); ok; ok = sc.it.Next() {
		_, rank, ok := parse(sc.it.Key())
		if !ok {
			return damagedGroup()
		}
		v, err := sc.it.ValueAndErr()
		if err != nil {
			return err
		}
		run, err := sc.group.find(v, uint(number%sheetSize))
		if err == nil && run != nil {
			err = sc.over.add(nil, run, rank)
		}
		if err != nil {
			return err
		}
	}
	return sc.it.Error()
}

// walkedBytes is up to how many bytes of groups of one sheet a walk holds, of one
// epoch. Where there are more it looks for the runs of each series by itself.
const walkedBytes = 64 << 10

// groupWalk holds the groups of the sheet that a walk is on.
type groupWalk struct {
	it    *pebble.Iterator // nil until a sheet may have groups
	at    epochs
	sheet uint64
	begun bool
	large bool       // the sheet's groups are not held
	sets  []groupSet // the carried ones, then each epoch's; none: the sheet has no groups
	key   []byte
	end   []byte
}

// close closes the iterator, if it is open.
func (w *groupWalk) close() error {
	if w.it == nil {
		return nil
	}
	return w.it.Close()
}

// err is what the iterator has failed with.
func (w *groupWalk) err() error {
	if w.it == nil {
		return nil
	}
	return w.it.Error()
}

// walkedGroups adds to sc.over what groups have of the series that is walked to.
func (sc *scan) walkedGroups(number uint64) error {
	w := &sc.walk.groups
	if sheet := sheetOf(number); !w.begun || w.sheet != sheet {
		w.begun = false
		if err := w.enter(sc.it, sheet, sc.grouped.may(number)); err != nil {
			return err
		}
		w.sheet, w.begun = sheet, true
	}
	if w.large {
		return sc.collectGroups(number, w.at)
	}
	for i := range w.sets {
		if err := w.sets[i].addAll(&sc.over, number); err != nil {
			return err
		}
	}
	return nil
}

// enter takes the groups of a sheet apart that an iterator like it sees.
func (w *groupWalk) enter(it *pebble.Iterator, sheet uint64, may groupEpochs) (err error) {
	w.sets, w.large = w.sets[:0], false
	if !may.haveCarried(w.at) && !may.haveRuns(w.at.oldest) {
		return nil
	}
	if w.it == nil {
		if w.it, err = it.Clone(pebble.CloneOptions{IterOptions: &pebble.IterOptions{}}); err != nil {
			return err
		}
	}
	if may.haveCarried(w.at) {
		w.key = appendNumbered(w.key[:0], keyCarriedGroup, sheet)
		err = w.load(sheet, parseCarriedGroupKey)
	}
	for epoch := w.at.oldest; epoch <= w.at.newest && may.haveRuns(epoch) && err == nil && !w.large; epoch++ {
		w.key = appendSheetGroups(w.key[:0], epoch, sheet)
		err = w.load(sheet, parseRunGroupKey)
	}
	return err
}

// load adds the set of the groups under the prefix w.key.
func (w *groupWalk) load(sheet uint64, parse parseRank) error {
	n := len(w.sets)
	if n == cap(w.sets) {
		w.sets = append(w.sets, groupSet{})
	}
	w.sets = w.sets[:n+1]
	w.sets[n].reset(sheet)
	w.end = appendNext(w.end[:0], w.key)
	w.it.SetBounds(w.key, w.end)
	w.it.First()
	all, err := w.sets[n].load(w.it, parse, walkedBytes)
	w.large = !all
	return err
}

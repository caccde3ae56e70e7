package aggregators

import (
	"slices"

	"aion/storage/points"
)

// merger puts a few runs of points, each ascending, into KairosDB's order: by
// time, then by value.
type merger struct {
	at, to merging // the runs, and where they are merged to
	starts []int   // of the runs in at
}

// merging is points in columns.
type merging struct {
	times  []int64
	values []float64
}

// add copies a run. One that begins where the run before has ended continues it.
func (m *merger) add(b *points.Block) {
	n := len(m.at.times)
	switch {
	case b.Len() == 0:
		return
	case n == 0 || m.at.times[n-1] > b.Times[0] ||
		m.at.times[n-1] == b.Times[0] && ordered(m.at.values[n-1]) > ordered(b.Floats[0]):
		m.starts = append(m.starts, n)
	}
	if b.Len() == 1 {
		m.at.times, m.at.values = append(m.at.times, b.Times[0]), append(m.at.values, b.Floats[0])
		return
	}
	m.at.times = append(m.at.times, b.Times...)
	m.at.values = append(m.at.values, b.Floats...)
}

// reset forgets all runs.
func (m *merger) reset() {
	m.starts, m.at.times, m.at.values = m.starts[:0], m.at.times[:0], m.at.values[:0]
}

// merged merges neighbouring runs until there is one, and is its values.
func (m *merger) merged() []float64 {
	for len(m.starts) > 1 {
		m.to.times, m.to.values = m.to.times[:0], m.to.values[:0]
		kept := m.starts[:0]
		for i := 0; i < len(m.starts); i += 2 {
			from, middle, end := m.starts[i], len(m.at.times), len(m.at.times)
			if i+1 < len(m.starts) {
				middle = m.starts[i+1]
			}
			if i+2 < len(m.starts) {
				end = m.starts[i+2]
			}
			kept = append(kept, len(m.to.times))
			m.two(from, middle, end)
		}
		m.starts, m.at, m.to = kept, m.to, m.at
	}
	return m.at.values
}

// two appends the merged runs [from, middle) and [middle, end) to m.to. Which of
// two different times is earlier is nobody's guess, so there is no branch on it.
func (m *merger) two(from, middle, end int) {
	i, j, n := from, middle, len(m.to.times)
	times, values := m.at.times, m.at.values
	m.to.times = slices.Grow(m.to.times, end-from)[:n+end-from]
	m.to.values = slices.Grow(m.to.values, end-from)[:n+end-from]
	toTimes, toValues := m.to.times, m.to.values
	for i < middle && j < end {
		at, second := times[i], 0
		if times[j] < at {
			second = 1
		}
		if times[j] == at && ordered(values[j]) < ordered(values[i]) {
			second = 1
		}
		k := i + (j-i)*second
		toTimes[n], toValues[n] = times[k], values[k]
		i, j, n = i+1-second, j+second, n+1
	}
	n += copy(toTimes[n:], times[i:middle])
	copy(toTimes[n:], times[j:end])
	n -= middle - i
	n += copy(toValues[n:], values[i:middle])
	copy(toValues[n:], values[j:end])
}

package fleet

import (
	"maps"
	"slices"
	"sync"
)

// memo keeps what texts of records say, so that those that are read often are parsed
// once. A text says the same for ever: there is nothing in it that grows old. The
// zero value is ready.
type memo[T any] struct {
	mu             sync.RWMutex
	recent, before map[string]T
	size           int // bytes of the recent texts
}

// memoHalf is how many bytes of texts each half of a memo has at most, and memoText
// how many bytes of one.
const (
	memoHalf = 2 << 20
	memoText = memoHalf / 16
)

// said is what a text says, as parse reads it. It is shared: whoever changes it
// changes a copy.
func (m *memo[T]) said(text []byte, parse func([]byte) (T, error)) (T, error) {
	m.mu.RLock()
	t, ok := m.recent[string(text)]
	old := !ok
	if old {
		t, ok = m.before[string(text)]
	}
	m.mu.RUnlock()
	if ok && !old {
		return t, nil
	}
	if !ok {
		var err error
		if t, err = parse(text); err != nil || len(text) > memoText {
			return t, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.size += len(text); m.recent == nil || m.size > memoHalf {
		m.before, m.recent, m.size = m.recent, map[string]T{}, len(text)
	}
	m.recent[string(text)] = t
	return t, nil
}

// copied is a device that shares nothing with d that is ever changed in place.
func (d *Device) copied() Device {
	c := *d
	c.Aliases, c.Properties = slices.Clone(d.Aliases), slices.Clone(d.Properties)
	c.Policies, c.Rights = slices.Clone(d.Policies), slices.Clone(d.Rights)
	if d.Attributes != nil {
		c.Attributes = copiedValue(d.Attributes).(map[string]any)
	}
	return c
}

// copiedValue is a value of JSON that shares nothing with v.
func copiedValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		c := maps.Clone(v)
		for name, inner := range c {
			c[name] = copiedValue(inner)
		}
		return c
	case []any:
		c := slices.Clone(v)
		for i, inner := range c {
			c[i] = copiedValue(inner)
		}
		return c
	}
	return v
}

package access

import (
	"crypto/sha256"
	"sync"
)

// mark stands for credentials without telling them: as much of their hash as nobody
// finds other credentials for.
type mark [16]byte

// markOf is the mark of credentials.
func markOf(c Credentials) mark {
	var buffer [128]byte
	b := append(buffer[:0], c.ID...)
	b = append(b, 0)
	whole := sha256.Sum256(append(b, c.Secret...))
	return mark(whole[:])
}

// finding is what was found out about credentials, and all that is asked of it when
// somebody shows them again: of many keys each look elsewhere costs as much as the
// rest.
type finding struct {
	generation uint64
	principal  *Principal // nil: they are wrong
	ends       int64      // when they end, in Unix milliseconds; 0: never
	calls      *bucket    // of the key whose calls they count as; nil: no key's
	rate       int32      // how many calls a minute that key has
	key        bool       // they name a key, whatever it is worth
}

// found is the finding that somebody shows these credentials.
func (f finding) found(p *Principal) finding {
	if f.principal = p; p != nil && !p.Expires.IsZero() {
		f.ends = max(p.Expires.UnixMilli(), 1)
	}
	return f
}

// named is the id of the key that credentials are of, or name with another secret;
// empty: they are no key's, or name none.
func (f finding) named(c Credentials) string {
	switch p := f.principal; {
	case p != nil && p.Kind == Key:
		return p.ID
	case p == nil && f.key:
		return c.ID
	}
	return ""
}

// kept is how many findings each half of a guard's cache has at most.
const kept = 1 << 17

// cache keeps findings: the recent ones, and those before them, of which the ones
// that are asked for again become recent. So whatever is asked for often stays,
// and nothing grows without bound.
type cache struct {
	most           int // findings in each of the two
	mu             sync.RWMutex
	recent, before table
}

// newCache is an empty cache of two halves of so many findings.
func newCache(most int) *cache { return &cache{most: most} }

// find is what was found out about credentials.
func (c *cache) find(m mark) (finding, bool) {
	c.mu.RLock()
	f, ok := c.recent.find(m)
	if ok {
		c.mu.RUnlock()
		return f, true
	}
	f, ok = c.before.find(m)
	c.mu.RUnlock()
	if ok {
		c.keep(m, f)
	}
	return f, ok
}

// keep keeps what was found out.
func (c *cache) keep(m mark, f finding) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.recent.count >= c.most {
		c.before, c.recent = c.recent, table{}
	}
	c.recent.put(m, f)
}

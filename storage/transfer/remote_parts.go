package transfer

import "aion/storage"

// partsOf parts changes, so that no two parts have points of one series and
// time: a series that comes once is cut where its times ascend, those that come
// again stay together in the first part. All others weigh about size at most.
func partsOf(changes []storage.Change, size int) (parts [][]storage.Change, err error) {
	again, err := repeated(changes)
	if err != nil {
		return nil, err
	}
	var part []storage.Change
	weight := 0
	end := func() {
		if len(part) > 0 {
			parts, part, weight = append(parts, part), nil, 0
		}
	}
	for _, c := range changes {
		if again[string(c.Key.Append(nil))] {
			part = append(part, c)
		}
	}
	end()
	for _, c := range changes {
		if len(again) > 0 && again[string(c.Key.Append(nil))] {
			continue
		}
		for _, piece := range piecesOf(c, size) {
			n := weightOf(&piece)
			if weight+n > size {
				end()
			}
			part, weight = append(part, piece), weight+n
		}
	}
	end()
	return parts, nil
}

// repeated are the keys that several changes have. Removals are an error.
func repeated(changes []storage.Change) (map[string]bool, error) {
	seen, again := make(map[string]bool, len(changes)), map[string]bool{}
	var key []byte
	for i := range changes {
		if len(changes[i].Remove) > 0 {
			return nil, errDelete
		}
		key = changes[i].Key.Append(key[:0])
		if seen[string(key)] {
			again[string(key)] = true
		}
		seen[string(key)] = true
	}
	return again, nil
}

// piecesOf cuts a change, if its times ascend, into some that weigh about size.
func piecesOf(c storage.Change, size int) []storage.Change {
	weight, n := weightOf(&c), c.Points.Len()
	if weight <= size || !ascending(c.Points.Times) {
		return []storage.Change{c}
	}
	var pieces []storage.Change
	each := max(1, n*size/weight)
	for from := 0; from < n; from += each {
		pieces = append(pieces, storage.Change{Key: c.Key, Points: c.Points.Slice(from, min(from+each, n)), TTL: c.TTL})
	}
	return pieces
}

// ascending tells whether each time is later than the one before.
func ascending(times []int64) bool {
	for i := 1; i < len(times); i++ {
		if times[i] <= times[i-1] {
			return false
		}
	}
	return true
}

// weightOf is about how many bytes a change weighs, as a batch counts them.
func weightOf(c *storage.Change) int {
	n := len(c.Key.Metric) + 17*c.Points.Len()
	for i := range c.Key.Tags {
		n += len(c.Key.Tags[i].Name) + len(c.Key.Tags[i].Value)
	}
	for _, v := range c.Points.Texts {
		n += len(v)
	}
	for _, v := range c.Points.Bytes {
		n += len(v)
	}
	return n
}

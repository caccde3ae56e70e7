package aggregators

import (
	"math/bits"
	"slices"
)

// mostLargest is up to how many of the largest keys are kept in order by
// insertion.
const mostLargest = 64

// neighbours are the keys at the places k and k+1, which there is, if keys were
// sorted. It may reorder keys.
func neighbours(keys []int64, k int) (low, high int64) {
	if m := len(keys) - k; m <= mostLargest && m*m <= 2*len(keys) {
		var room [mostLargest]int64
		largest := room[:m]
		keepLargest(largest, keys)
		return largest[0], largest[1]
	}
	selectKey(keys, k)
	return keys[k], slices.Min(keys[k+1:])
}

// keepLargest fills largest with the largest of keys, ascending. After the first
// few keys there is seldom one to insert.
func keepLargest(largest, keys []int64) {
	copy(largest, keys)
	slices.Sort(largest)
	least := largest[0]
	for _, key := range keys[len(largest):] {
		if key <= least {
			continue
		}
		i := 1
		for ; i < len(largest) && largest[i] < key; i++ {
			largest[i-1] = largest[i]
		}
		largest[i-1] = key
		least = largest[0]
	}
}

// fewKeys is up to how many keys are sorted rather than parted.
const fewKeys = 16

// selectKey reorders keys so that keys[k] is what it would be if they were
// sorted, with nothing greater before it and nothing smaller behind it.
func selectKey(keys []int64, k int) {
	for rounds := 2 * bits.Len(uint(len(keys))); len(keys) > fewKeys; rounds-- {
		if rounds == 0 {
			break
		}
		pivot := pivotOf(keys, k)
		low := part(keys, pivot)
		if k < low {
			keys = keys[:low]
			continue
		}
		// Everything from low on is at least the pivot; those that equal it
		// stand together once they are parted from the greater ones.
		keys, k = keys[low:], k-low
		equal := partEqual(keys, pivot)
		if k < equal {
			return
		}
		keys, k = keys[equal:], k-equal
	}
	slices.Sort(keys)
}

// pivotOf guesses the key at place k from a sorted sample of keys.
func pivotOf(keys []int64, k int) int64 {
	const samples = 9
	var s [samples]int64
	step := len(keys) / samples
	for i := range s {
		s[i] = keys[i*step+step/2]
	}
	for i := 1; i < samples; i++ {
		for j := i; j > 0 && s[j] < s[j-1]; j-- {
			s[j], s[j-1] = s[j-1], s[j]
		}
	}
	return s[k*samples/len(keys)]
}

// part puts the keys below pivot in front and is their number. It has no
// branch that depends on a key.
func part(keys []int64, pivot int64) int {
	low := 0
	for i, key := range keys {
		keys[i] = keys[low]
		keys[low] = key
		if key < pivot {
			low++
		}
	}
	return low
}

// partEqual puts the keys that equal pivot, below which there is none, in front
// and is their number.
func partEqual(keys []int64, pivot int64) int {
	equal := 0
	for i, key := range keys {
		keys[i] = keys[equal]
		keys[equal] = key
		if key == pivot {
			equal++
		}
	}
	return equal
}

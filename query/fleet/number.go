package fleet

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The numbers that devices get: all of 18 digits.
const (
	leastNumber = 1e17
	mostNumber  = 1e18 - 1
)

// What the identifiers that are made of a number begin with.
const (
	prefixDigits = "_dev_"
	prefixHex    = "a10000000"
	prefixUUID   = "a1000000-0000-8000-"
)

// newNumber is a number that nobody has guessed.
func newNumber() int64 {
	var b [8]byte
	for {
		// Read never fails, and ends the program where there is no randomness.
		_, _ = rand.Read(b[:])
		if n := binary.BigEndian.Uint64(b[:]) >> 4; n >= leastNumber && n <= mostNumber {
			return int64(n)
		}
	}
}

// numberSpread is how far apart numbers lie at most that are made together: so
// close that there is hardly ever another number between them, which makes it
// cheap to find out that nobody has them, and so far that nobody guesses one by
// another.
const numberSpread = 1 << 34

// newNumbers is so many numbers that nobody has guessed, all different, and the order
// in which they ascend.
func newNumbers(n int) (list []int64, order []int) {
	list = make([]int64, n)
	base := min(newNumber(), mostNumber-numberSpread)
	random := make([]byte, 8*n)
	for again := true; again; {
		_, _ = rand.Read(random) // it never fails
		for i := range list {
			list[i] = base + int64(binary.BigEndian.Uint64(random[8*i:])%numberSpread)
		}
		order = ascendingNumbers(list)
		again = false
		for at := 1; at < n; at++ {
			again = again || list[order[at-1]] == list[order[at]]
		}
	}
	return list, order
}

// ascendingNumbers is the order in which numbers ascend that are less than numberSpread
// apart.
func ascendingNumbers(numbers []int64) []int {
	if len(numbers) == 0 {
		return nil
	}
	const room = 64 - 34 // bits for places beside those of numberSpread
	least, packed := slices.Min(numbers), make([]uint64, len(numbers))
	for i, n := range numbers {
		packed[i] = uint64(n-least)<<room | uint64(i)
	}
	slices.Sort(packed)
	order := make([]int, len(numbers))
	for at, x := range packed {
		order[at] = int(x & (1<<room - 1))
	}
	return order
}

// digits is a number as identifiers have it.
func digits(n int64) string {
	text := strconv.FormatInt(n, 10)
	if n >= leastNumber {
		return text
	}
	return fmt.Sprintf("%018d", n)
}

// Identifiers are the three forms of a device's number, by which protocols call
// it that cannot say any other name: _dev_ and 18 digits, 24 hex digits, a UUID.
// They are aliases of the device like those that it was given.
type Identifiers struct {
	Digits string `json:"connio"`
	Hex    string `json:"hex"`
	UUID   string `json:"uuid"`
}

// Digits is the first of d's identifiers.
func (d *Device) Digits() string { return prefixDigits + digits(d.Number) }

// Identifiers are d's.
func (d *Device) Identifiers() Identifiers {
	low := uint64(d.Number) | 1<<63 // a UUID of version 8 and the common variant
	tail := fmt.Sprintf("%016x", low)
	return Identifiers{
		Digits: d.Digits(),
		Hex:    prefixHex + fmt.Sprintf("%015x", d.Number),
		UUID:   prefixUUID + tail[:4] + "-" + tail[4:],
	}
}

// parseIdentifier reads any form of a number, hex digits in any case.
func parseIdentifier(text string) (number int64, ok bool) {
	var err error
	var n uint64
	lower := strings.ToLower(text)
	switch {
	case len(text) == 23 && strings.HasPrefix(text, prefixDigits):
		n, err = strconv.ParseUint(text[len(prefixDigits):], 10, 64)
	case len(text) == 24 && strings.HasPrefix(lower, prefixHex):
		n, err = strconv.ParseUint(lower[len(prefixHex):], 16, 64)
	case len(text) == 36 && strings.HasPrefix(lower, prefixUUID) && lower[23] == '-':
		n, err = strconv.ParseUint(lower[19:23]+lower[24:], 16, 64)
		if n>>62 != 2 {
			return 0, false
		}
		n &^= 1 << 63
	default:
		return 0, false
	}
	return int64(n), err == nil && n >= leastNumber && n <= mostNumber
}

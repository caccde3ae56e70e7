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

// newNumber is a number that nobody has guessed, and none of a page.
func newNumber() int64 {
	var b [8]byte
	for {
		// Read never fails, and ends the program where there is no randomness.
		_, _ = rand.Read(b[:])
		if n := int64(binary.BigEndian.Uint64(b[:]) >> 4 &^ pageSpread); n >= leastNumber && n <= mostNumber {
			return n
		}
	}
}

// newPages is the least number of the first of so many pages, one behind the other,
// that nobody has guessed.
func newPages(n int) int64 {
	for {
		from := newNumber()&^(pageStep-1) | pageSpread
		if from > leastNumber && from <= mostNumber-int64(n)*pageStep {
			return from
		}
	}
}

// newOffsets is so many numbers that nobody has guessed, all different, less the least
// one of their page: so close that one page has many, and so far that nobody guesses
// one by another.
func newOffsets(n int) []int64 {
	random, list := make([]byte, 4*n), make([]int64, n)
	for {
		_, _ = rand.Read(random) // it never fails
		for i := range list {
			list[i] = int64(binary.BigEndian.Uint32(random[4*i:]) % pageSpread)
		}
		sorted := slices.Sorted(slices.Values(list))
		if len(slices.Compact(sorted)) == n {
			return list
		}
	}
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

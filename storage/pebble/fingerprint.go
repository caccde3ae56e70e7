package pebble

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"aion/storage/points"
)

// fingerprint stands for a series' key on the disk: the first 128 bits of its
// SHA-256. Two keys that had the same would be taken for one series: among a
// billion series that comes to pass by chance once in 10²⁰ stores, and who wants to
// bring it about has to try some 2⁶⁴ keys, and then only has two series of his own
// mixed up, but finds no second key for a series that is there.
type fingerprint [16]byte

// fingerprintOf hashes a key in the form of points.Key.Append.
func fingerprintOf(key []byte) fingerprint {
	sum := sha256.Sum256(key)
	return fingerprint(sum[:])
}

// readNumber reads the number of a series from disk.
func readNumber(r pebble.Reader, key []byte) (uint64, bool, error) {
	v, closer, err := r.Get(appendNumberKey(make([]byte, 0, 1+len(fingerprint{})), fingerprintOf(key)))
	if errors.Is(err, pebble.ErrNotFound) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("look up series: %w", translate(err))
	}
	defer closer.Close()
	number, err := parseNumber(v)
	return number, err == nil, err
}

// parseNumber is the number of a series as the disk has it.
func parseNumber(v []byte) (uint64, error) {
	if len(v) != 8 {
		return 0, fmt.Errorf("look up series: a number of %d bytes: %w", len(v), points.ErrCorrupt)
	}
	number := binary.BigEndian.Uint64(v)
	if number > cardNumber {
		return 0, fmt.Errorf("look up series: the number %d: %w", number, points.ErrCorrupt)
	}
	return number, nil
}

package folder

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Where the checksum of a block is wrong, Pebble flips each bit of the block's
// first 40 KiB in turn, to tell a person which one it was. Until it has found
// that, which takes a tenth of a second for a usual block and half a minute for
// a large one, a processor does nothing else, and nobody can stop it; and so
// again for whoever reads the block next. So a block is refused before Pebble
// sees it.

// blockTail is how many bytes lie behind a block of a table: how it is
// compressed, and the checksum of all before.
const blockTail = 5

// proveFrom is the size from which on what is read of a table is taken for a block.
// What else Pebble reads there is smaller, and in smaller blocks its search is
// short.
const proveFrom = 4 << 10

// Proven is a file system that gives out no block of a table whose checksum is
// wrong: such a reading fails as damage.
func Proven(fsys vfs.FS) vfs.FS { return proven{fsys} }

// proven is such a file system.
type proven struct{ vfs.FS }

// Unwrap is the file system below.
func (p proven) Unwrap() vfs.FS { return p.FS }

// Open opens a file for reading.
func (p proven) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	f, err := p.FS.Open(name, opts...)
	if err != nil || !IsTable(name) {
		return f, err
	}
	return provenTable{f, p.PathBase(name)}, nil
}

// provenTable is a table that is open for reading.
type provenTable struct {
	vfs.File
	name string
}

// ReadAt reads a block with its tail, or something that is smaller.
func (t provenTable) ReadAt(p []byte, at int64) (int, error) {
	n, err := t.File.ReadAt(p, at)
	if err != nil || len(p) < proveFrom || wholeBlock(p) {
		return n, err
	}
	return 0, blockError{t.name, at, len(p) - blockTail}
}

// blockError says which block of which table is damaged.
type blockError struct {
	table string
	at    int64
	size  int
}

// Error is for people.
func (e blockError) Error() string {
	return fmt.Sprintf("the block of %d bytes at %d of %s has another checksum than was stored with it", e.size, e.at, e.table)
}

// Is tells Pebble that this is damage.
func (blockError) Is(target error) bool { return target == pebble.ErrCorruption }

// wholeBlock tells whether a block has the checksum that stands at its end.
func wholeBlock(b []byte) bool {
	body := b[:len(b)-4]
	return binary.LittleEndian.Uint32(b[len(body):]) == masked(crc32.Checksum(body, crcTable))
}

// masked is a checksum as Pebble stores it.
func masked(sum uint32) uint32 { return sum>>15 | sum<<17 + 0xa282ead8 }

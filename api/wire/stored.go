package wire

import (
	"encoding/binary"
	"hash/crc32"
)

// storedUpTo is how long a body may be that is stored: with the headers of an answer
// it fits into a packet.
const storedUpTo = 1 << 10

// gzipHead begins a gzip stream of an unknown time and system (RFC 1952), and its
// first block, the last one, which is stored (RFC 1951).
var gzipHead = [...]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1}

// appendStored appends text, of at most storedUpTo bytes, as a gzip stream that does
// not compress it. dst may be text.
func appendStored(dst, text []byte) []byte {
	n := uint16(len(text)) // #nosec G115 -- at most storedUpTo
	dst = append(dst, gzipHead[:]...)
	dst = binary.LittleEndian.AppendUint16(dst, n)
	dst = binary.LittleEndian.AppendUint16(dst, ^n)
	dst = append(dst, text...)
	dst = binary.LittleEndian.AppendUint32(dst, crc32.ChecksumIEEE(text))
	return binary.LittleEndian.AppendUint32(dst, uint32(n))
}

package codec

import (
	"encoding/binary"
	"math/bits"

	"aion/storage/points"
)

// TagPair is the single_tag_pair of a tag.
func TagPair(t points.Tag) string { return t.Name + "=" + t.Value }

// hashSize is up to how many bytes of tags are hashed without allocating.
const hashSize = 512

// TagHash is the tag_collection_hash of the tags that a metric has indexed,
// which are all of t: MurmurHash3 of their names and values one behind the
// other, in KairosDB's order.
func TagHash(t points.Tags) int32 {
	var memory [hashSize]byte
	b := memory[:0]
	t = ordered(t)
	for i := range t {
		b = append(append(b, t[i].Name...), t[i].Value...)
	}
	return int32(murmur3(b))
}

// murmur3 is MurmurHash3 for x86 with 32 bits and the seed 0.
func murmur3(b []byte) uint32 {
	var h uint32
	n := uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		h ^= mix(binary.LittleEndian.Uint32(b))
		h = bits.RotateLeft32(h, 13)*5 + 0xe6546b64
	}
	var tail uint32
	for i, c := range b {
		tail |= uint32(c) << (8 * i)
	}
	h ^= mix(tail) ^ n
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}

// mix prepares four bytes for murmur3.
func mix(k uint32) uint32 { return bits.RotateLeft32(k*0xcc9e2d51, 15) * 0x1b873593 }

package spool

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"hash/maphash"
	"math"

	"aion/storage"
	"aion/storage/points"
)

// What every record begins with.
const (
	magic    = "AiSp"
	headSize = 16
	version  = 1
)

// maxPayload is how long the payload of a record may be. Longer lengths are
// never written, and not believed.
const maxPayload = 64 << 20

// prefaceSize is at least how long the part of a payload before its changes may
// become.
const prefaceSize = 1 + 8 + 2*binary.MaxVarintLen64

// castagnoli is the table of CRC-32C.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is the CRC-32C of data.
func checksum(data []byte) uint32 { return crc32.Checksum(data, castagnoli) }

// preface is what a record tells before its changes.
type preface struct {
	at              int64 // the write time
	batches, points int64 // how many there are
}

// appendRecord adds a record of encoded batches to dst.
func appendRecord(dst []byte, p preface, batches ...[]byte) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, headSize)...)
	dst = append(dst, version)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(p.at))
	dst = binary.AppendUvarint(dst, uint64(p.batches))
	dst = binary.AppendUvarint(dst, uint64(p.points))
	for _, b := range batches {
		dst = append(dst, b...)
	}
	putHead(dst[start:])
	return dst
}

// putHead fills the head before the payload that record ends with.
func putHead(record []byte) {
	head, payload := record[:headSize], record[headSize:]
	copy(head, magic)
	binary.LittleEndian.PutUint32(head[4:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(head[8:], checksum(payload))
	binary.LittleEndian.PutUint32(head[12:], checksum(head[:12]))
}

// parseHead reads the length and the checksum of the payload that follows; not
// ok where no record begins.
func parseHead(head []byte) (length int64, sum uint32, ok bool) {
	if len(head) < headSize || string(head[:4]) != magic || binary.LittleEndian.Uint32(head[12:]) != checksum(head[:12]) {
		return 0, 0, false
	}
	length = int64(binary.LittleEndian.Uint32(head[4:]))
	return length, binary.LittleEndian.Uint32(head[8:]), length <= maxPayload
}

// versionError says that a record comes from a later release.
type versionError byte

// Error names the version.
func (v versionError) Error() string {
	return fmt.Sprintf("a record has version %d and comes from a newer release; this one knows version %d", byte(v), version)
}

// parsePreface reads what stands before the changes.
func parsePreface(payload []byte) (p preface, changes []byte, err error) {
	r := reader{data: payload}
	if v := r.octet(); !r.bad && v != version {
		return p, nil, versionError(v)
	}
	p.at = int64(r.word())
	batches, n := r.uvarint(), r.uvarint()
	if r.bad || batches > math.MaxInt32 || n > math.MaxInt32 {
		return p, nil, fmt.Errorf("read a record: %w", points.ErrCorrupt)
	}
	p.batches, p.points = int64(batches), int64(n)
	return p, payload[r.at:], nil
}

// record is a record that is to be delivered.
type record struct {
	preface
	batch  storage.Batch
	series []uint64 // a digest of each change's series
	size   int64    // of the payload
	end    int64    // the offset in its segment at which it ends

	split   []storage.Change // what is left to be handed over change by change
	refused []refusal        // what the target will not have
	parted  bool             // the target has refused the batch as a whole
	lost    int64            // points refused
	poison  int64            // points and removals refused
	expired int64            // points delivered too late
	done    bool             // all of it is delivered or refused
}

// parseRecord reads a payload, of whose memory opaque values keep a part.
func parseRecord(payload []byte, seed maphash.Seed) (*record, error) {
	p, changes, err := parsePreface(payload)
	if err != nil {
		return nil, err
	}
	rec := &record{preface: p, size: int64(len(payload))}
	var ok bool
	r := reader{data: changes}
	if rec.series, ok = r.changes(seed, &rec.batch, nil); !ok || int64(rec.batch.Len()) != p.points {
		return nil, fmt.Errorf("read a record written at %d: %w", p.at, points.ErrCorrupt)
	}
	return rec, nil
}

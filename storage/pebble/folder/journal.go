package folder

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// Pebble's logs and manifests are files of blocks, which hold chunks: a head,
// then a part of a record. A chunk never reaches into the next block.
const journalBlock = 32 << 10

// The kinds of chunks. Each stands for the chunk's place in its record: whole,
// first, middle, last.
const (
	plainChunks  = 1 // manifests: checksum, length, kind
	tiedChunks   = 5 // the number of the log behind that
	syncedChunks = 9 // and up to where the log was synced before the chunk was written
	endOfChunks  = 13
)

// piece is one chunk of a journal.
type piece struct {
	size   int    // with its head
	begins bool   // a record begins here
	log    uint32 // the log that it belongs to; 0 in a manifest
	synced uint64 // up to here the log was on the disk when the chunk was written
	data   []byte
}

// crcTable is the polynomial of the checksums.
var crcTable = crc32.MakeTable(crc32.Castagnoli)

// parsePiece reads the chunk at the front of b, which is the rest of a block.
func parsePiece(b []byte) (p piece, ok bool) {
	p, ok = parseHead(b)
	return p, ok && p.intact(b)
}

// parseHead is parsePiece without the checksum.
func parseHead(b []byte) (p piece, ok bool) {
	if len(b) < 7 || b[6] < plainChunks || b[6] >= endOfChunks {
		return piece{}, false
	}
	head := 7
	if b[6] >= tiedChunks {
		head = 11
	}
	if b[6] >= syncedChunks {
		head = 19
	}
	p.size = head + int(binary.LittleEndian.Uint16(b[4:]))
	if p.size > len(b) {
		return piece{}, false
	}
	if head >= 11 {
		p.log = binary.LittleEndian.Uint32(b[7:])
	}
	if head == 19 {
		p.synced = binary.LittleEndian.Uint64(b[11:])
	}
	place := (b[6] - plainChunks) % 4
	p.begins = place == 0 || place == 1
	p.data = b[head:p.size]
	return p, true
}

// intact tells whether the chunk at the front of b has its checksum.
func (p *piece) intact(b []byte) bool {
	return binary.LittleEndian.Uint32(b) == masked(crc32.Checksum(b[6:p.size], crcTable))
}

// journal is what has been found in a log or a manifest.
type journal struct {
	closed  bool // its end is marked: nothing follows
	records int  // records that were begun before the first chunk that is none
	broken  bool // there is a chunk that is none, and proof that there was one
	from    int64
}

// readJournal reads a journal up to its end, calls f with what stands at the
// front of each record, and looks for proof behind the first chunk that is none:
// a crash leaves such a chunk too, but nothing behind it that was written
// later. log is the number of the log, 0 for a manifest.
func readJournal(r io.Reader, log uint32, f func(front []byte)) (j journal, err error) {
	block := make([]byte, journalBlock)
	torn, behind := int64(-1), proof{log: log}
	for base := int64(0); ; base += journalBlock {
		n, err := io.ReadFull(r, block)
		if err != nil && err != io.ErrUnexpectedEOF {
			if err == io.EOF {
				err = nil
			}
			return j, err
		}
		at := 0
		if torn < 0 {
			at, torn = j.read(block[:n], base, log, f)
			if j.closed {
				return j, nil
			}
		}
		if behind.torn = uint64(torn); torn >= 0 && behind.found(block[at:n]) {
			j.broken, j.from = true, torn
			return j, nil
		}
	}
}

// read reads the chunks of one block. It answers where it stopped, and the place
// in the journal of a chunk that is none; -1: there is none such.
func (j *journal) read(block []byte, base int64, log uint32, f func(front []byte)) (at int, torn int64) {
	for at < len(block) {
		p, ok := parsePiece(block[at:])
		switch {
		case !ok && padding(block[at:]):
			return len(block), -1
		case log != 0 && closes(block[at:], log):
			j.closed = true
			return at, -1
		case !ok || p.log != log:
			return at, base + int64(at)
		}
		if p.begins {
			j.records++
			f(p.data)
		}
		at += p.size
	}
	return at, -1
}

// closes tells whether b begins with what closes a log: the bare head of a chunk
// of the log with the next number.
func closes(b []byte, log uint32) bool {
	want := binary.LittleEndian.AppendUint32([]byte{0, 0, 0, 0, 0, 0, tiedChunks}, log+1)
	return bytes.HasPrefix(b, want)
}

// padding tells whether b is the end of a block that was too short for a chunk.
func padding(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return len(b) < 19
}

// proof is what was found behind a chunk that is none.
type proof struct {
	log    uint32
	torn   uint64 // where the chunk stands
	synced uint64 // the last that a chunk behind it says
	rises  int    // how many chunks said more than all before them, the first one included
}

// enoughRises is how many chunks that say more and more prove that whatever stands
// before the first of them was on the disk when the last was written. Pebble leaves
// out of what it says the blocks that were full when they were written, so that behind
// large writes no chunk says enough of itself. But more is said only behind a further
// sync, and they follow each other: that of which the second chunk tells may have been
// under way when the first was written, that of which the third tells began later.
const enoughRises = 3

// found looks for a chunk that was written after what stands at torn was on the
// disk: in a log one that says so, or that is the last of enough rises; in a
// manifest, whose records are synced one by one, one that begins a record.
func (f *proof) found(b []byte) bool {
	for at := range b {
		p, ok := parseHead(b[at:])
		if !ok || p.log != f.log {
			continue
		}
		if f.log == 0 {
			if p.begins && len(p.data) != 0 && p.intact(b[at:]) {
				return true
			}
			continue
		}
		if (f.rises == 0 || p.synced > f.synced) && p.intact(b[at:]) {
			f.synced = p.synced
			if f.rises++; f.rises == enoughRises || p.synced > f.torn {
				return true
			}
		}
	}
	return false
}

package pebble

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// The first byte of every key says what the entry is.
const (
	keyMeta    = 'm'
	keySeries  = 's'
	keyNumber  = 'k'
	keyPosting = 'p'
	keyRun     = 'r'
	keyCarried = 'q'
	keyChunk   = 'c'
	keyDue     = 'x'
	keyFiled   = 'e'
	keyRecord  = 'z'

	keyRunGroup     = 'h'
	keyCarriedGroup = 'g'
)

// metaEpoch is the counter of epochs.
var metaEpoch = []byte{keyMeta, 'e'}

// appendNumbered makes a key of a series: prefix, number.
func appendNumbered(dst []byte, prefix byte, number uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, prefix), number)
}

// parseNumbered reads the number behind the first byte of a key.
func parseNumbered(key []byte) (uint64, bool) {
	if len(key) < 9 {
		return 0, false
	}
	return binary.BigEndian.Uint64(key[1:]), true
}

// appendNumberKey is the key of the number of the series with a fingerprint.
func appendNumberKey(dst []byte, of fingerprint) []byte {
	return append(append(dst, keyNumber), of[:]...)
}

// appendTime adds a time so that keys sort by it.
func appendTime(dst []byte, at int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(at)^1<<63)
}

// parseTime reads what appendTime wrote.
func parseTime(b []byte) int64 { return int64(binary.BigEndian.Uint64(b) ^ 1<<63) }

// appendChunkKey is the key of the chunk whose first point lies at first.
func appendChunkKey(dst []byte, number uint64, first int64) []byte {
	return appendTime(appendNumbered(dst, keyChunk, number), first)
}

// parseChunkKey reads a chunk's key; not ok: it is not one of that series.
func parseChunkKey(key []byte, number uint64) (first int64, ok bool) {
	if len(key) != 17 || key[0] != keyChunk || binary.BigEndian.Uint64(key[1:]) != number {
		return 0, false
	}
	return parseTime(key[9:]), true
}

// appendEpoch is the prefix of all runs of an epoch.
func appendEpoch(dst []byte, epoch uint32) []byte {
	return binary.BigEndian.AppendUint32(append(dst, keyRun), epoch)
}

// appendRunSeries is the prefix of a series' runs in an epoch.
func appendRunSeries(dst []byte, epoch uint32, number uint64) []byte {
	return binary.BigEndian.AppendUint64(appendEpoch(dst, epoch), number)
}

// appendRunKey is the key of a run.
func appendRunKey(dst []byte, epoch uint32, number uint64, seq uint32) []byte {
	return binary.BigEndian.AppendUint32(appendRunSeries(dst, epoch, number), seq)
}

// parseRunKey reads a run's key.
func parseRunKey(key []byte) (number, rank uint64, ok bool) {
	if len(key) != 17 || key[0] != keyRun {
		return 0, 0, false
	}
	epoch, seq := binary.BigEndian.Uint32(key[1:]), binary.BigEndian.Uint32(key[13:])
	return binary.BigEndian.Uint64(key[5:]), rankOf(epoch, seq), true
}

// rankOf is what decides which of two runs is the later one.
func rankOf(epoch, seq uint32) uint64 { return uint64(epoch)<<32 | uint64(seq) }

// appendCarriedKey is the key of a carried run.
func appendCarriedKey(dst []byte, number, rank uint64) []byte {
	return binary.BigEndian.AppendUint64(appendNumbered(dst, keyCarried, number), rank)
}

// parseCarriedKey reads a carried run's key.
func parseCarriedKey(key []byte) (number, rank uint64, ok bool) {
	if len(key) != 17 || key[0] != keyCarried {
		return 0, 0, false
	}
	return binary.BigEndian.Uint64(key[1:]), binary.BigEndian.Uint64(key[9:]), true
}

// appendEpochGroups is the prefix of all groups of runs of an epoch.
func appendEpochGroups(dst []byte, epoch uint32) []byte {
	return binary.BigEndian.AppendUint32(append(dst, keyRunGroup), epoch)
}

// appendSheetGroups is the prefix of a sheet's groups of runs in an epoch.
func appendSheetGroups(dst []byte, epoch uint32, sheet uint64) []byte {
	return binary.BigEndian.AppendUint64(appendEpochGroups(dst, epoch), sheet)
}

// appendRunGroupKey is the key of a group of runs.
func appendRunGroupKey(dst []byte, epoch uint32, sheet uint64, seq uint32) []byte {
	return binary.BigEndian.AppendUint32(appendSheetGroups(dst, epoch, sheet), seq)
}

// parseRunGroupKey reads the key of a group of runs.
func parseRunGroupKey(key []byte) (sheet, rank uint64, ok bool) {
	if len(key) != 17 || key[0] != keyRunGroup {
		return 0, 0, false
	}
	epoch, seq := binary.BigEndian.Uint32(key[1:]), binary.BigEndian.Uint32(key[13:])
	sheet = binary.BigEndian.Uint64(key[5:])
	return sheet, rankOf(epoch, seq), sheetOf(sheet) == sheet
}

// appendCarriedGroupKey is the key of a group of carried runs.
func appendCarriedGroupKey(dst []byte, sheet, rank uint64) []byte {
	return binary.BigEndian.AppendUint64(appendNumbered(dst, keyCarriedGroup, sheet), rank)
}

// appendLeftGroupKey is the key of a group of an epoch's runs that is carried as it
// is, because it cannot be read. Its rank may be that of another carried group, which
// was put aside for other series in the epoch behind.
func appendLeftGroupKey(dst []byte, sheet, rank uint64) []byte {
	return append(appendCarriedGroupKey(dst, sheet, rank), 1)
}

// parseCarriedGroupKey reads the key of a group of carried runs.
func parseCarriedGroupKey(key []byte) (sheet, rank uint64, ok bool) {
	if len(key) != 17 && (len(key) != 18 || key[17] != 1) || key[0] != keyCarriedGroup {
		return 0, 0, false
	}
	sheet = binary.BigEndian.Uint64(key[1:])
	return sheet, binary.BigEndian.Uint64(key[9:]), sheetOf(sheet) == sheet
}

// appendDueKey files a series under a time.
func appendDueKey(dst []byte, at int64, number uint64) []byte {
	return binary.BigEndian.AppendUint64(appendTime(append(dst, keyDue), at), number)
}

// parseDueKey reads what appendDueKey wrote.
func parseDueKey(key []byte) (at int64, number uint64, ok bool) {
	if len(key) != 17 || key[0] != keyDue {
		return 0, 0, false
	}
	return parseTime(key[1:]), binary.BigEndian.Uint64(key[9:]), true
}

// next is the first key behind all that begin with prefix.
func next(prefix []byte) []byte { return appendNext(nil, prefix) }

// appendNext is next behind dst, which is empty.
func appendNext(dst, prefix []byte) []byte {
	out := append(dst, prefix...)
	for i := len(out) - 1; i >= 0; i-- {
		if out[i]++; out[i] != 0 {
			return out[:i+1]
		}
	}
	return append(dst, 0xff, 0xff)
}

// appendText adds s so that keys sort by it and no text is the beginning of
// another: a zero byte is followed by 0xff, the end is 0 and 1.
func appendText(dst []byte, s string) []byte { return append(appendOpen(dst, s), 0, 1) }

// appendOpen is appendText without the end: what all texts with the prefix s
// begin with.
func appendOpen(dst []byte, s string) []byte {
	if strings.IndexByte(s, 0) < 0 {
		return append(dst, s...)
	}
	for i := range len(s) {
		if dst = append(dst, s[i]); s[i] == 0 {
			dst = append(dst, 0xff)
		}
	}
	return dst
}

// parseText reads a text of appendText and answers what stands behind it.
func parseText(b []byte) (text string, rest []byte, ok bool) {
	i := bytes.IndexByte(b, 0)
	if i < 0 || i+1 >= len(b) {
		return "", nil, false
	}
	if b[i+1] == 1 {
		return string(b[:i]), b[i+2:], true
	}
	var out []byte
	for i := 0; i+1 < len(b); i++ {
		switch {
		case b[i] != 0:
			out = append(out, b[i])
		case b[i+1] == 1:
			return string(out), b[i+2:], true
		case b[i+1] == 0xff:
			out, i = append(out, 0), i+1
		default:
			return "", nil, false
		}
	}
	return "", nil, false
}

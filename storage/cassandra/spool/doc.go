// Package spool keeps what a store that is away cannot take, and delivers it
// when the store is back: what KairosDB's file queue is for, without its losses.
//
// A Store stands before a Target. While nothing waits, writes go straight
// through; a write that the target answers with points.ErrUnavailable is
// appended to files in a folder, and so is every later one until all have been
// delivered, so that the order within a series holds. A write is acknowledged
// when its record is on the disk. One goroutine delivers in order, each record
// with its original write time: a value that is written elsewhere meanwhile is
// not overwritten by an older one, a point has no longer life than it was given,
// and delivering a record twice, after a crash, changes nothing. What the target
// refuses for good is written to refused.jsonl and holds up nobody else.
//
// # The folder
//
//	lock            locked by the process that has the folder open
//	position        up to where all is delivered
//	N.spool         segments: records, one behind the other; deleted when delivered
//	refused.jsonl   what the target refused, a line a series and reason
//	damaged-N-OFF   bytes of segment N from offset OFF on that are no record
//
// # Segments
//
// Segments are numbered upwards without gaps, in 16 digits. After a restart or a
// failed append a new one is begun, so that only the last one can end in a torn
// record, which was never acknowledged and is cut off. testdata/record shows
// records byte by byte. Numbers of fixed width begin with their lowest byte;
// varints are those of encoding/binary, signed ones in zigzag.
//
//	magic     4 bytes, "AiSp"
//	length    4 bytes, of the payload
//	checksum  4 bytes, CRC-32C of the payload
//	checksum  4 bytes, CRC-32C of the 12 bytes before: a length that cannot be
//	          trusted is told from a record that is cut short
//	payload
//	  version 1 byte
//	  at      8 bytes, the write time in Unix milliseconds; it ascends strictly
//	  batches, points   varints: how many are in the record
//	  changes, to the payload's end
//
// A change is
//
//	shared    varint: how many bytes of the key are those of the change before
//	rest      varint length and the other bytes of the key: metric, type, names
//	          and values of the tags, each behind its length (points.Key.Append)
//	life      signed varint: the points' TTL in nanoseconds, 0 the store's default
//	removals  varint count, then times
//	shape     1 byte: none, longs, doubles, mixed, texts or opaque
//	points    varint count, then times, then values; nothing for shape none
//
// Times are signed varints, each the distance from the one before. A long is a
// signed varint, the distance from the one before; a double is 8 bytes; a mixed
// number is a byte (double, long, null) and then, not for a null, a double or a
// signed varint; a text or an opaque value stands behind its length, and before
// the opaque ones stands their type.
//
// # Position
//
// Two places, at 0 and at 512, are written in turn: a checksum (CRC-32C of what
// follows it), then 8 bytes each for the number of the save, the segment, the
// offset in it, and the last write time that was given.
package spool

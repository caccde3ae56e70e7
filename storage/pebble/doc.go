// Package pebble is the embedded engine: all points, and the index that finds
// their series, in one folder of one Pebble database. It promises all that
// package storage asks for. A batch of at most storage.MaxBatch bytes is applied
// whole or not at all.
//
// # Layout
//
// Every series has a number. What is known of it lies under that number:
//
//	s number              a sheet: the keys of the series from that number on, up to 64
//	k fingerprint         the number, the other way round, by a hash of the key
//	p kind, texts         a posting: the set of the numbers of the series that
//	                      have this metric, tag or value
//	r epoch number seq    a run: what one write did to one series
//	h epoch sheet seq     a group of runs: the small ones that one write did to
//	                      series of one sheet
//	q number rank         a carried run: too few points yet for a chunk
//	g sheet rank          a group of carried runs
//	c number first        a chunk; chunks of a series never overlap
//	x time number         the series may have lost its last point by then
//	e number              the time under which x has the series
//	m name                the counters that outlive the process
//	z kind id             a small record: its revision and its value
//
// # Layers
//
// A write appends runs to the current epoch and does nothing else; only where they
// are few, the first points of a series, and those of one that has no run in an
// epoch that is not settled, are put aside: they are a carried run at once. A run
// holds points and cuts: ranges whose older points are gone. Runs are ranked by epoch
// and sequence, carried runs lie below all epochs, chunks below everything; the
// higher rank wins a millisecond. Where a write has few points of several series
// whose numbers are neighbours, their runs stand in one entry, a group, and have one
// rank: to a reader a group is the runs in it. From time to time the epoch is
// closed, and the compactor settles it, sheet by sheet: runs become chunks or
// carried runs, in the same batch that takes them away, and out of the groups that
// other series have runs in. Many carried runs of few points become one on the way.
// Nobody else changes chunks. So a read is the merge
// of a chain of chunks with a few runs, and mostly a plain decode of the chain.
//
// # Series that come again
//
// In memory a series that was written of late has a card. Cards stand on pages, one for
// a sheet, so that they are found by number; by the digest of its key a series is
// found through a table of numbers. What storage calls a Ref is the number. A page has
// also, of series that were written a second time, the mark of what they were written
// under last. A table of hints, bounded, says which number a mark may have: the page
// decides, so that a hint may be wrong or lost. Marks mostly come in the order in which
// the series began, and are then found behind the last one without a hint.
//
// Whether a number still stands for a series is looked at when a batch is built, with
// lives held. Numbers are not given out twice, so that none stands for another series.
// Nothing of this is on disk.
//
// # Locks
//
// In this order, where more than one is held: tending (one epoch is settled at a
// time), settling (the compactor's work on one batch of series, or the removal
// of series), lives (shared: a write from the look-up of its series'
// numbers until it is applied; exclusive: removing series, closing the epoch),
// then the dictionary's own, or committing (one batch is applied at a time) and
// those of tips: the one for all pages, then a page's.
// Nobody waits for a disk's sync with lives held.
//
// # Where the disk fails
//
// When a write does not reach the log, nobody is told that it did, no further
// write is taken until the folder is opened again, and reads go on. There is one
// exception: where the disk fails at the very moment at which Pebble changes
// from one log to the next, Pebble ends the process ("unlock of unlocked
// mutex"), and no caller can prevent it. That is accepted. The process dies
// loudly, nothing acknowledged is lost, and a file system that hid the failure
// from Pebble might hide one more, of a table that is to replace a log.
//
// # Where bits flip
//
// A table whose block cannot be read fails the reads that need the block; the
// check names series and ranges. Where such a block should tell which numbers or epochs
// are in use when the folder is opened, all that have one tell it. A folder that does not
// say any more whether it has runs is refused. A log or a manifest that proves to have lost
// something is refused when the folder is opened, instead of being taken for one
// that a crash has cut off, as Pebble would. In a log the proof is a later chunk
// that says how far the log was synced, or writes that are missing between two
// logs or between the tables and the first log; in a manifest an edit behind the
// damage. No proof is left of the writes that were synced last before a crash:
// a flipped bit there looks like a write that was cut off.
//
// A copy of the folder that was not made by Backup may be refused; it never
// opens with a hole. A backup is filled so that what makes it a folder of Aion's
// comes last.
//
// # How large the folder is
//
// Logs reserve nothing and are deleted as soon as tables have what they hold.
// When little is written for a while, and some time after points were taken away
// by a delete, expiry or retention, everything is settled and made tables of, and
// where much in the tables is waste they are joined, some at a time.
//
// # Full disks
//
// While less is free than it takes to make tables of the logs, and some more,
// writes are refused before anything of them is stored, health says why, and reads
// go on; deletes pass a while longer, because they make room. The store looks at
// the disk again every second. Where something else takes the last byte in between,
// a write does not reach the log, and what is said above holds.
//
// A folder on a full disk is not opened: Pebble would try for ever to make tables
// of the logs.
package pebble

package spool

// State is what a spool holds and what it has done since it was opened.
type State struct {
	Points  int64  // waiting
	Batches int64  // waiting
	Bytes   int64  // of the segments on the disk
	Oldest  int64  // write time of the oldest record that waits, in Unix milliseconds; 0: none waits
	Failure string // what holds up delivery at present; empty where nothing does

	Spooled   int64 // points acknowledged because they were on the disk
	Delivered int64 // points taken by the target
	Expired   int64 // of those delivered, points whose own life had ended by then
	Refused   int64 // batches that the spool did not take: it was full, or the disk failed
	Poisoned  int64 // points and removals that the target refused for good
	Damaged   int64 // stretches of bytes that were no record and were moved aside
}

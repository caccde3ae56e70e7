// Package tips keeps the tip of series of longs and doubles, which is what is known of
// their newest point, in bounded memory. Reads bring tips, and so do the writes
// that begin a series; every batch that changes points tells of it, so that a tip
// is right for as long as it is kept.
//
// Batches that change points are numbered as they are applied, one after the
// other. What a batch does to tips is done before it can be seen, and each tip has
// the number of the last batch that changed points of its series. A reader knows
// up to which batch it sees all for certain. It may use a tip if the last batch
// that changed the series is among those: then what it sees of the series is what
// the tip tells. In the same way it may bring a tip. Otherwise it reads the
// series.
//
// A batch ranks by when its sequence numbers were taken and not by when it is
// applied. Where another one has changed a series in between, it cannot be told
// here which of the two wins, and the tip is given up.
//
// Package pebble writes through Changes, one at a time, and reads by a Query. Nothing
// here knows how or where points are stored.
package tips

// Package folder is what the embedded engine knows of its folder as files: the mark
// that says what format it has, and what Pebble's logs, manifests and tables tell of
// themselves. It knows no entry of the database and nobody who has it open.
//
// Package pebble claims a folder before it opens it, opens it through a Witness,
// which refuses logs and manifests that have lost something, and works in it through
// Lean and Proven: logs reserve nothing, and a block of a table is not given out with
// a wrong checksum.
package folder

// Package encode writes numbers, strings and points as Aion's protocols print
// them, by appending to a buffer of the caller's. What it prints is KairosDB's to
// the byte. The envelope of an answer stands in its protocol.
package encode

// Package encode writes numbers, strings and points as Aion's protocols print
// them, by appending to a buffer of the caller's; what it prints is KairosDB's to
// the byte, and the envelope of such an answer stands in its protocol. Whole
// answers it writes as tables of points that any protocol may offer: CSV, NDJSON
// and Arrow, as streams in bounded memory.
package encode

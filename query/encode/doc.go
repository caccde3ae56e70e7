// Package encode writes numbers and strings as Aion's protocols print them, by
// appending to a buffer. The envelope of an answer stands in its protocol.
//
//	func AppendDouble(dst []byte, v float64) []byte   // as KairosDB prints doubles
//	func AppendString(dst []byte, s string) []byte    // as org.json quotes strings
//	func AppendValues(dst []byte, b *points.Block) []byte // [at,value],[at,value],…
package encode

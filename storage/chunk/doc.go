// Package chunk is the stored form of a run of points of one series: compressed
// columns of times and values in pages, with a summary of each page and of the
// whole. It is pure: bytes in, bytes out.
package chunk

// Package posting is what the embedded engine's index says of one name or value: a set
// of the numbers of series. Stored is a change to the set, what was added and what was
// taken away, and changes are joined without reading what is there. It knows no keys,
// and of Pebble only how values are merged.
package posting

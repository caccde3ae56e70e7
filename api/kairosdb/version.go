package kairosdb

import "aion/aggregators"

// VersionText is what a server answers that behaves as a release, when it is
// asked for its version and told no other text.
func VersionText(r aggregators.Release) string { return switches[r].version }

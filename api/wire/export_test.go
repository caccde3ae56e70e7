package wire

// Measure is measure, for tests.
var Measure = measure

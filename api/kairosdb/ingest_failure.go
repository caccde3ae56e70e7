package kairosdb

import (
	"errors"

	"aion/api/kairosdb/gson"
)

// endOfInput is what KairosDB says where a body ends between metric objects.
const endOfInput = "Invalid json. No content due to end of input."

// errTruncated is the end of a compressed body before its time.
var errTruncated = errors.New("the compressed body is cut off")

// numberError is the answer to a number that Gson's adapters refuse.
func numberError(err error) error {
	x, ok := errors.AsType[*gson.Error](err)
	if !ok || x.Class != gson.NumberText {
		return err
	}
	return bad(x.Error())
}

// objectError is the answer to what is wrong within a metric object, where the
// parser wraps what Gson throws.
func objectError(err error) error {
	if x, ok := errors.AsType[*gson.Error](err); ok && x.Class == gson.NumberText {
		return bad("Invalid JSON")
	}
	return syntax(err)
}

// arrayError is the answer to what is wrong between the metric objects, where
// Gson's exceptions come through as they are.
func arrayError(err error) error {
	x, ok := errors.AsType[*gson.Error](err)
	if !ok {
		return err
	}
	return bad(x.Message)
}

// ended tells whether err is the end of the input.
func ended(err error) bool {
	x, ok := errors.AsType[*gson.Error](err)
	return ok && x.Class == gson.EndOfFile
}

// Package gson reads JSON exactly as Google's Gson does, which KairosDB reads
// its requests with: which leniencies are taken, what the errors say and which
// line, column and path they name. Columns count UTF-16 units, as Java does.
// Texts are those of gson 2.8.9, or of 2.2.4 where Options say so.
package gson

// The Java classes of the errors.
const (
	Malformed   = "com.google.gson.stream.MalformedJsonException"
	EndOfFile   = "java.io.EOFException"
	State       = "java.lang.IllegalStateException"
	NumberText  = "java.lang.NumberFormatException"
	Unsupported = "java.lang.UnsupportedOperationException"
)

// Error is what Gson throws: a Java class and its message.
type Error struct {
	Class   string
	Message string // empty where Java's message is null
}

// Error prints e as Java's Throwable.toString does: class, colon, message.
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Class
	}
	return e.Class + ": " + e.Message
}

// Options say how a Reader reads and where in a larger text its source stands.
// The zero value is a strict reader of a whole text.
type Options struct {
	Lenient bool
	Old     bool   // read and speak as gson 2.2.4, without paths in messages
	Line    int    // of the first byte, counted from 1; 0 is 1
	Column  int    // of the first byte, counted from 1; 0 is 1
	Path    string // of what the source holds; empty is $
	Depth   int    // how deep arrays and objects may nest; 0 is 255
	Token   int    // how many bytes a text or name may have; 0: no limit
	Count   int    // how many elements Parse may make; 0: no limit
}

// Token is what comes next in a Reader.
type Token uint8

// The tokens.
const (
	BeginArray Token = iota
	EndArray
	BeginObject
	EndObject
	Name
	String
	Number
	Boolean
	Null
	EndDocument
)

// String is the token's name in Gson's messages.
func (t Token) String() string {
	return [...]string{"BEGIN_ARRAY", "END_ARRAY", "BEGIN_OBJECT", "END_OBJECT", "NAME",
		"STRING", "NUMBER", "BOOLEAN", "NULL", "END_DOCUMENT"}[t]
}

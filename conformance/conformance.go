// Package conformance holds what a server must answer to pass for KairosDB, in
// forms that a person can check by hand: scripts of requests with their answers
// in short, the deliberate differences, numbered, each with a script that shows
// it, and readers for recorded answers of KairosDB itself. All of it runs
// against any Target: a handler of this process, or a server over HTTP, be it
// ours or a KairosDB.
//
// The package promises to leave a target as it found it, as far as deleting the
// metrics that it wrote can do that, and never to touch metrics of others when
// it is given a prefix of its own.
//
// A server that is running is held to the scripts by a test; what it keeps stays
// as it is:
//
//	go test ./conformance -run TestLive -target http://127.0.0.1:8080 -v
//
// -release and -extensions say how that server was started. The answers that are
// not as wanted are listed; on a KairosDB (-release 1.3 -extensions=false) the
// differences are among them.
package conformance

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// files are the scripts, the manual's examples and what is excused, as the binary
// carries them.
//
//go:embed testdata/*.txt testdata/diffs/*.txt testdata/vectors/excuses*.txt testdata/vectors/kairosdb-manual.jsonl
var files embed.FS

// Scripts are all scripts of behaviour that Aion shares with KairosDB, by name.
func Scripts() ([]*Script, error) { return parseAll("testdata") }

// Difference is one place where Aion deliberately answers otherwise than
// KairosDB.
type Difference struct {
	Number string // two digits
	Title  string
	Reason string  // why
	Script *Script // shows it
}

// Differences are all deliberate differences, by number.
func Differences() ([]Difference, error) {
	scripts, err := parseAll("testdata/diffs")
	if err != nil {
		return nil, err
	}
	list := make([]Difference, 0, len(scripts))
	for _, s := range scripts {
		number, _, _ := strings.Cut(s.Name, "-")
		title, reason, _ := strings.Cut(s.About, "\n")
		if len(number) != 2 || reason == "" {
			return nil, fmt.Errorf("%s: a difference has a number of two digits, a title and a reason", s.Name)
		}
		list = append(list, Difference{Number: number, Title: title, Reason: reason, Script: s})
	}
	return list, nil
}

// parseAll parses the scripts of one folder of files.
func parseAll(dir string) ([]*Script, error) {
	entries, err := fs.Glob(files, dir+"/*.txt")
	if err != nil {
		return nil, err
	}
	scripts := make([]*Script, 0, len(entries))
	for _, entry := range entries {
		text, err := files.ReadFile(entry)
		if err != nil {
			return nil, err
		}
		s, err := Parse(strings.TrimSuffix(path.Base(entry), ".txt"), string(text))
		if err != nil {
			return nil, err
		}
		scripts = append(scripts, s)
	}
	return scripts, nil
}

package spool

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// suffix is what the names of segments end with.
const suffix = ".spool"

// What lies in a spool are tenants' points: none but the server's user reads them.
const (
	dirMode  = 0o700 // of a folder that the spool makes
	fileMode = 0o600 // of every file in it
)

// segment is a file of records.
type segment struct {
	number uint64
	size   int64 // up to where it has been synced
}

// segmentPath is where a segment lies.
func segmentPath(dir string, number uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%016d%s", number, suffix))
}

// listSegments lists the segments of a folder in their order.
func listSegments(dir string) ([]segment, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all []segment
	for _, e := range entries {
		digits, ok := strings.CutSuffix(e.Name(), suffix)
		number, err := strconv.ParseUint(digits, 10, 64)
		if !ok || err != nil {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		all = append(all, segment{number, info.Size()})
	}
	slices.SortFunc(all, func(a, b segment) int { return cmp.Compare(a.number, b.number) })
	return all, nil
}

// contents is what a scan has found in a segment.
type contents struct {
	records         int64
	batches, points int64
	oldest, newest  int64 // write times
	end             int64 // without a torn tail
}

// scan reads a segment from an offset. Damage is left for delivery to report.
func scan(path string, from, size int64) (c contents, err error) {
	file, err := os.Open(path)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w := walker{file: file, at: from, end: size}
	for c.end = min(from, size); ; {
		p, err := w.next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return c, err
		}
		if p.state == torn {
			return c, nil
		}
		if c.end = p.to; p.state == damaged {
			continue
		}
		if err := c.add(p.payload); err != nil {
			return c, err
		}
	}
}

// add counts a record. One that cannot be read counts as nothing.
func (c *contents) add(payload []byte) error {
	p, _, err := parsePreface(payload)
	if newer := versionError(0); errors.As(err, &newer) {
		return err
	}
	if err != nil {
		return nil
	}
	if c.records == 0 {
		c.oldest = p.at
	}
	c.records++
	c.batches, c.points = c.batches+p.batches, c.points+p.points
	c.newest = max(c.newest, p.at)
	return nil
}

// cutTail takes a torn tail off a segment.
func cutTail(path string, size int64) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := file.Truncate(size); err != nil {
		return err
	}
	return file.Sync()
}

// makeDir makes a folder that is not there yet, durably.
func makeDir(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return err
	}
	return syncDir(filepath.Dir(filepath.Clean(dir)))
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) (err error) {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return d.Sync()
}

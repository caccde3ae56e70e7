package spool

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// moveAside copies bytes that are no record into a file of their own. Doing it
// again gives the same file.
func (s *Store) moveAside(segment io.ReaderAt, number uint64, p piece) (err error) {
	path := filepath.Join(s.dir, fmt.Sprintf("damaged-%016d-%d", number, p.from))
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := io.Copy(file, io.NewSectionReader(segment, p.from, p.to-p.from)); err != nil {
		return err
	}
	if err := errors.Join(file.Sync(), syncDir(s.dir)); err != nil {
		return err
	}
	s.ledger.count(&s.ledger.state.Damaged, 1)
	s.log.Error("a record of the spool is damaged and was moved aside", "segment", number, "file", path, "bytes", p.to-p.from)
	return nil
}

// missing reports a segment that is not there and was not delivered.
func (s *Store) missing(number uint64) {
	s.log.Error("a segment of the spool is missing", "segment", segmentPath(s.dir, number))
	s.ledger.count(&s.ledger.state.Damaged, 1)
}

package transfer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Position is how far a transfer has come, so that another one can go on.
type Position struct {
	Offset int64  `json:"offset"`           // in the file: of an import as unpacked, of an export as packed
	Line   int64  `json:"line,omitempty"`   // of an import: the line that stands there
	Metric string `json:"metric,omitempty"` // of an export: the last one that is written
	Begun  bool   `json:"begun,omitempty"`  // of an export: a metric is written
	Whole  bool   `json:"whole,omitempty"`  // of an export: all is written
	Points int64  `json:"points"`
	Refuse int64  `json:"refused,omitempty"`
	Series int64  `json:"series,omitempty"`

	Heading []string `json:"heading,omitempty"` // of CSV
}

// ReadPosition reads a position from a file; where there is none it is the
// beginning.
func ReadPosition(path string) (p Position, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("read position: %w", err)
	}
	if err := json.Unmarshal(text, &p); err != nil || p.Offset < 0 {
		return Position{}, fmt.Errorf("%s holds no position", path)
	}
	return p, nil
}

// WritePosition replaces the position in a file.
func WritePosition(path string, p Position) (err error) {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write position: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write position: %w", err), os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(append(text, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// position is a place in the segments.
type position struct {
	segment uint64
	offset  int64
}

// before tells whether p lies before o.
func (p position) before(o position) bool {
	return p.segment < o.segment || p.segment == o.segment && p.offset < o.offset
}

// mark is what the file of the position holds.
type mark struct {
	position       // all before it is delivered
	written  int64 // the last write time that was given
}

// The two places of a mark lie in different sectors of the disk, so that a save
// that is cut short leaves the other one as it was.
const (
	markSize  = 36
	markPlace = 512
)

// markFile keeps a mark. Once it is there it needs no more room on the disk.
type markFile struct {
	mu    sync.Mutex
	file  *os.File
	saves uint64
	saved mark
}

// openMark opens the file in dir or makes it, and reads the mark. Not known: the
// file is there and has none that can be read.
func openMark(dir string) (m *markFile, known bool, err error) {
	file, err := os.OpenFile(filepath.Join(dir, "position"), os.O_RDWR|os.O_CREATE, fileMode)
	if err != nil {
		return nil, false, err
	}
	m = &markFile{file: file}
	found, err := m.load()
	if err != nil {
		return nil, false, errors.Join(err, file.Close())
	}
	if found != 0 {
		return m, m.saves != 0, nil
	}
	for range 2 {
		if err := m.save(mark{}); err != nil {
			return nil, false, errors.Join(err, file.Close())
		}
	}
	return m, true, syncDir(dir)
}

// load reads the newer of the two places and tells how many bytes there are.
func (m *markFile) load() (size int, err error) {
	buf := make([]byte, markPlace+markSize)
	size, err = m.file.ReadAt(buf, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	for at := 0; at < len(buf); at += markPlace {
		place := buf[at : at+markSize]
		saves := binary.LittleEndian.Uint64(place[4:])
		if binary.LittleEndian.Uint32(place) != checksum(place[4:]) || saves <= m.saves {
			continue
		}
		m.saves = saves
		m.saved.segment = binary.LittleEndian.Uint64(place[12:])
		m.saved.offset = int64(binary.LittleEndian.Uint64(place[20:]))
		m.saved.written = int64(binary.LittleEndian.Uint64(place[28:]))
	}
	return size, nil
}

// save makes a mark durable. Marks that lie before the saved one are not saved.
func (m *markFile) save(to mark) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.saves > 1 && (to == m.saved || to.before(m.saved.position)) {
		return nil
	}
	place := make([]byte, 4, markSize)
	for _, n := range []uint64{m.saves + 1, to.segment, uint64(to.offset), uint64(to.written)} {
		place = binary.LittleEndian.AppendUint64(place, n)
	}
	binary.LittleEndian.PutUint32(place, checksum(place[4:]))
	if _, err := m.file.WriteAt(place, int64(m.saves%2)*markPlace); err != nil {
		return fmt.Errorf("save the position: %w", err)
	}
	if err := m.file.Sync(); err != nil {
		return fmt.Errorf("save the position: %w", err)
	}
	m.saves, m.saved = m.saves+1, to
	return nil
}

// close closes the file.
func (m *markFile) close() error { return m.file.Close() }

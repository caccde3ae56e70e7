package pebble

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"

	"aion/storage/pebble/folder"
	"aion/storage/points"
)

// tables checks the checksum of every block of every table, those that hold no
// entries included: indexes, filters, properties.
func (v *verifier) tables() error {
	numbers, err := v.r.s.tableNumbers()
	if err != nil {
		return err
	}
	o := v.r.s.options(v.r.s.fsys, 0)
	o.EnsureDefaults()
	for _, number := range slices.Sorted(maps.Keys(numbers)) {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		name := fmt.Sprintf("%06d.sst", number)
		size, err := v.table(o.MakeReaderOptions(), name)
		if errors.Is(err, fs.ErrNotExist) && v.r.s.hasDropped(number) {
			continue
		}
		v.tally.Tables, v.tally.Bytes = v.tally.Tables+1, v.tally.Bytes+size
		v.progress()
		if err != nil {
			v.report(fmt.Errorf("the table %s: %w", name, err))
		}
	}
	return nil
}

// tableNumbers are the numbers of the files of all tables.
func (s *Store) tableNumbers() (map[uint64]bool, error) {
	levels, err := s.db.SSTables()
	numbers := map[uint64]bool{}
	for _, level := range levels {
		for i := range level {
			numbers[uint64(level[i].BackingSSTNum)] = true
		}
	}
	return numbers, translate(err)
}

// hasDropped tells whether a table is none of the store's any more.
func (s *Store) hasDropped(number uint64) bool {
	now, err := s.tableNumbers()
	return err == nil && !now[number]
}

// table checks one table and answers its size.
func (v *verifier) table(o sstable.ReaderOptions, name string) (size int64, err error) {
	fsys := folder.Proven(v.r.s.fsys)
	file, err := fsys.Open(fsys.PathJoin(v.r.s.dir, name))
	if err != nil {
		return 0, err
	}
	if info, err := file.Stat(); err == nil {
		size = info.Size()
	}
	defer func() {
		// What is damaged may be anything.
		if p := recover(); p != nil {
			err = fmt.Errorf("%v: %w", p, points.ErrCorrupt)
		}
	}()
	readable, err := sstable.NewSimpleReadable(file)
	if err != nil {
		return size, errors.Join(err, file.Close())
	}
	reader, err := sstable.NewReader(v.ctx, readable, o)
	if err != nil {
		return size, asDamage(errors.Join(err, readable.Close()))
	}
	return size, asDamage(errors.Join(reader.ValidateBlockChecksums(), reader.Close()))
}

// asDamage marks what a table's reader says against a table.
func asDamage(err error) error {
	if err == nil || errors.Is(err, points.ErrCorrupt) || pebble.IsCorruptionError(err) {
		return translate(err)
	}
	return fmt.Errorf("%w: %w", points.ErrCorrupt, err)
}

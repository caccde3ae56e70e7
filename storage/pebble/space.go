package pebble

import (
	"fmt"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage/points"
)

// spareSpace is how many bytes are to be free, beside what the logs hold, when
// a folder is opened.
const spareSpace = 4 << 20

// checkSpace makes sure that the disk has room for opening the folder: what
// the logs hold is written to tables then, and where that fails Pebble tries
// again for ever, without a word. Where it cannot be told what is free, there is
// room.
func checkSpace(fsys vfs.FS, dir string) error {
	usage, err := fsys.GetDiskUsage(dir)
	if err != nil {
		return nil
	}
	names, err := fsys.List(dir)
	if err != nil {
		return fmt.Errorf("list the folder %s: %w", dir, translate(err))
	}
	needed := uint64(spareSpace)
	for _, name := range names {
		if !strings.HasSuffix(name, ".log") {
			continue
		}
		info, err := fsys.Stat(fsys.PathJoin(dir, name))
		if err != nil {
			return fmt.Errorf("look at the folder %s: %w", dir, translate(err))
		}
		needed += uint64(info.Size())
	}
	if usage.AvailBytes >= needed {
		return nil
	}
	return fmt.Errorf("the disk of the folder %s is full: opening it needs %d MiB, and %d MiB are free: %w",
		dir, (needed+1<<20-1)>>20, usage.AvailBytes>>20, points.ErrUnavailable)
}

package pebble

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage/pebble/folder"
	"aion/storage/points"
)

// defaultCache is how many bytes of blocks are kept in memory by default.
const defaultCache = 128 << 20

// memTableSize is how many bytes are written before Pebble writes a table. It
// holds about an epoch, so that many runs are settled before they get there.
const memTableSize = 32 << 20

// memTables is how many of them there may be before writers wait.
const memTables = 2

// l0Tables is how deep flushed tables lie on each other, twice counted, before
// Pebble compacts them. What reads pay for a deeper pile is little, since filters
// keep look-ups out of tables; every compaction, on the other hand, writes the names
// of all series anew that were there before.
const l0Tables = 12

// options are what Pebble is opened with.
func (s *Store) options(fsys vfs.FS, cache int64) *pebble.Options {
	if cache <= 0 {
		cache = defaultCache
	}
	o := &pebble.Options{
		FS:                          folder.Lean(folder.Proven(fsys)),
		Cleaner:                     folder.Deleter{},
		Lock:                        s.lock,
		CacheSize:                   cache + 2*memTableSize, // Pebble takes these from the cache
		MemTableSize:                memTableSize,
		MemTableStopWritesThreshold: memTables,
		L0CompactionThreshold:       l0Tables,
		L0StopWritesThreshold:       64,
		LBaseMaxBytes:               64 << 20,
		MaxOpenFiles:                1000,
		FormatMajorVersion:          pebble.FormatNewest,
		Merger:                      merger(),
		LoggerAndTracer:             &tracer{logger{s.log, &s.fault}},
		CompactionConcurrencyRange:  func() (int, int) { return 1, 2 },
	}
	o.EventListener = s.listener()
	for i := range o.Levels {
		o.TargetFileSizes[i] = int64(min(4<<20<<i, 64<<20))
		o.Levels[i].BlockSize = 32 << 10
		o.Levels[i].IndexBlockSize = 256 << 10
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		o.Levels[i].FilterType = pebble.TableFilter
	}
	// The bottommost level holds nearly everything, and what comes there stays
	// longest. What zstd makes little of, such as chunks of jittered times, is
	// stored as it is.
	o.Levels[len(o.Levels)-1].Compression = func() *sstable.CompressionProfile { return sstable.GoodCompression }
	return o
}

// listener notes when Pebble's background fails, and when it works again.
func (s *Store) listener() *pebble.EventListener {
	works := func(err error) {
		s.vetted.changed()
		if err == nil {
			s.fault.retries.Store(false)
			s.fault.set(inPebble, nil)
		}
	}
	return &pebble.EventListener{
		BackgroundError: func(err error) {
			s.fault.retries.Store(true)
			if i := pebble.ExtractDataCorruptionInfo(err); i != nil {
				s.fault.damage(s.fsys.PathBase(i.Path), err)
				return
			}
			if s.fault.passes(inPebble) {
				s.log.Error("the store cannot write its tables", "error", oneLine(err))
			}
			s.fault.set(inPebble, err)
		},
		// Pebble would end the process. What cannot be read fails whoever reads it.
		DataCorruption: func(i pebble.DataCorruptionInfo) {
			s.damaged.Add(1)
			if what := oneLine(i.Details); s.fault.tell(what) {
				s.log.Error("a table is damaged", "path", i.Path, "error", what)
			}
		},
		TableCreated: func(pebble.TableCreateInfo) {
			s.vetted.changed()
			s.rest()
		},
		FlushBegin:    func(pebble.FlushInfo) { s.settled.Store(0) },
		FlushEnd:      func(e pebble.FlushInfo) { works(e.Err) },
		CompactionEnd: func(e pebble.CompactionInfo) { works(e.Err) },
	}
}

// restFor is how long Pebble rests before it tries again to write a table.
const restFor = 250 * time.Millisecond

// rest holds Pebble back behind a table that could not be written, or was damaged: it
// tries again at once and for ever, which on a full disk would keep a processor busy.
func (s *Store) rest() {
	if !s.fault.retries.Load() {
		return
	}
	select {
	case <-s.stop:
	case <-time.After(restFor):
	}
}

// logger passes Pebble's own log on. What Pebble takes for the end of the
// process makes the store unhealthy instead: no write is taken any more.
type logger struct {
	log   *slog.Logger
	fault *fault
}

// Infof logs at debug level.
func (l logger) Infof(format string, args ...any) {
	l.log.Debug("pebble", "message", fmt.Sprintf(format, args...))
}

// Errorf logs a failure that Pebble deals with.
func (l logger) Errorf(format string, args ...any) {
	l.log.Warn("pebble reports a failure", "message", fmt.Sprintf(format, args...))
}

// Fatalf notes that the store cannot go on writing.
func (l logger) Fatalf(format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	l.log.Error("the store takes no more writes", "message", message)
	l.fault.fail(fmt.Errorf("the store takes no more writes: %s: %w", message, points.ErrUnavailable))
}

// tracer is a logger that traces nothing.
type tracer struct{ logger }

// Eventf drops the event.
func (*tracer) Eventf(context.Context, string, ...any) {}

// IsTracingEnabled says no.
func (*tracer) IsTracingEnabled(context.Context) bool { return false }

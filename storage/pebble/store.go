package pebble

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"aion/storage"
	"aion/storage/pebble/tips"
)

// Config is what a Store needs to know. All but Dir has a usable zero value.
type Config struct {
	Dir   string        // the folder; it is made if it is not there
	TTL   time.Duration // life of points that are written without one; 0: for ever
	Now   storage.Now   // nil: time.Now
	Log   *slog.Logger  // nil: nothing is logged
	Cache int64         // bytes of blocks kept in memory; 0: 128 MiB
	Tips  int64         // bytes of newest points of series kept in memory, a third more where they expire; 0: 32 MiB, less: none

	Retention []Rule // how long points are kept, by metric; nil: as long as they live

	fs      vfs.FS // nil: the disk
	still   bool   // nothing runs in the background: tests call it
	piece   int    // how many bytes are settled at a time; 0: pieceBytes
	joins   int    // more carried runs of few points than these are joined; 0: joinedRuns
	crowd   int    // so many series in a posting are no crowd; 0: posting.Few
	flushed func() // called when some of what is to be settled is; nil: nothing is
}

// Store is an open folder.
type Store struct {
	dir  string
	fsys vfs.FS
	ttl  time.Duration
	now  storage.Now
	log  *slog.Logger
	lock *pebble.Lock
	db   *pebble.DB
	dict *dictionary
	keys keyCache
	tips tips.Tips

	postings postingCache

	// crowds are known by who has lives alone.
	crowds crowds

	retention retention

	tending  sync.Mutex   // who settles an epoch
	settling sync.Mutex   // who changes chunks and carried runs
	lives    sync.RWMutex // shared: writing; exclusive: removing series, closing the epoch
	oldest   atomic.Uint32
	newest   atomic.Uint32 // the current epoch
	seq      atomic.Uint32 // the last sequence number in the current epoch
	filled   atomic.Int64  // bytes in the current epoch
	settled  atomic.Int64  // bytes of runs that were settled since Pebble last began to write a table
	opened   time.Time     // when the store was
	begun    atomic.Int64  // how long after that the first write came into the epoch, whatever the clock has been set to since
	dropped  atomic.Int64  // how often points were taken away that are on the disk

	committing sync.Mutex  // who applies a batch
	stuck      atomic.Bool // Pebble has died in the middle of a batch

	records records

	fault   fault
	damaged atomic.Int64 // how often damage was met
	room    room
	lull    atomic.Pointer[lull]
	footing footing
	vetted  *vetted   // chunks that queries have read
	grouped *grouped  // nil in a folder that is open for reading alone
	scans   sync.Pool // *scan
	writers sync.Pool // *writer

	kick    chan struct{} // tells the background that there may be work
	stop    chan struct{}
	done    sync.WaitGroup
	still   bool
	piece   int    // how many bytes are settled at a time
	joins   int    // more carried runs of few points than these are joined
	flushed func() // called when some of what is to be settled is
	waiting gate   // writers wait here while too much is unsettled
}

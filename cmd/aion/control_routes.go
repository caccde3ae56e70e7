package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"os"
	"path/filepath"
	"sync"
	"time"

	"aion/api/admin"
	"aion/storage/pebble"
)

// controller answers what comes through the control socket.
type controller struct {
	engine *pebble.Store
	dir    string
	begun  time.Time
	log    *slog.Logger
}

// newController is the control socket's handler.
func newController(engine *pebble.Store, operate http.Handler, dir string, log *slog.Logger) http.Handler {
	c := &controller{engine: engine, dir: dir, begun: time.Now(), log: log}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", c.status)
	mux.HandleFunc("POST /verify", c.verify)
	mux.HandleFunc("POST /backup", c.backup)
	mux.HandleFunc("POST /compact", c.compact)
	mux.HandleFunc("POST /sweep", c.sweep)
	mux.Handle(admin.Prefix+"/", operate)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// status is what the server says of itself.
type status struct {
	Version string  `json:"version"`
	Process int     `json:"pid"`
	Folder  string  `json:"data_dir"`
	Seconds float64 `json:"uptime_seconds"`
	Health  string  `json:"health"`
}

// status tells who answers, and whether the store is well.
func (c *controller) status(w http.ResponseWriter, r *http.Request) {
	s := status{version(), os.Getpid(), c.dir, time.Since(c.begun).Seconds(), "ok"}
	if folder, err := filepath.Abs(c.dir); err == nil {
		s.Folder = folder
	}
	if err := c.engine.Health(r.Context()); err != nil {
		s.Health = err.Error()
	}
	w.Header().Set("Content-Type", "application/json")
	// Where the answer does not arrive there is nobody to tell.
	_ = json.NewEncoder(w).Encode(s)
}

// message is a line of the answer to a command that takes a while. The last one
// has Done or Failed.
type message struct {
	Damage   *damage          `json:"damage,omitempty"`
	Leftover string           `json:"leftover,omitempty"`
	Progress *pebble.Tally    `json:"progress,omitempty"`
	Checked  *pebble.Tally    `json:"checked,omitempty"`
	Manifest *pebble.Manifest `json:"manifest,omitempty"`
	Done     bool             `json:"done,omitempty"`
	Failed   string           `json:"failed,omitempty"`
}

// verify checks the store and tells of damage as it is found.
func (c *controller) verify(w http.ResponseWriter, r *http.Request) {
	out := newMessages(w)
	tally, err := c.engine.Check(r.Context(), pebble.Checks{
		Damaged: func(d pebble.Damage) {
			c.log.Error("the check has found damage", "error", d)
			out.send(message{Damage: newDamage(d)})
		},
		Leftover: func(series string) { out.send(message{Leftover: series}) },
		Progress: out.progress,
	})
	out.end(message{Checked: &tally}, err)
}

// backup copies the store to the folder that the query's "to" names.
func (c *controller) backup(w http.ResponseWriter, r *http.Request) {
	to := r.URL.Query().Get("to")
	out := newMessages(w)
	if !filepath.IsAbs(to) {
		out.end(message{}, fmt.Errorf("to: got %q, want the absolute path of a folder", to))
		return
	}
	begun := time.Now()
	manifest, err := c.engine.Backup(r.Context(), to)
	if err == nil {
		c.log.Info("backed up", "to", to, "files", len(manifest.Files), "seconds", time.Since(begun).Seconds())
	}
	out.end(message{Manifest: &manifest}, err)
}

// compact brings all that was written into its final form.
func (c *controller) compact(w http.ResponseWriter, r *http.Request) {
	newMessages(w).end(message{}, c.engine.Compact(r.Context()))
}

// sweep clears away what has expired.
func (c *controller) sweep(w http.ResponseWriter, r *http.Request) {
	newMessages(w).end(message{}, c.engine.Sweep(r.Context()))
}

// messages writes an answer of lines, each as it comes.
type messages struct {
	mu   sync.Mutex
	json *json.Encoder
	out  http.ResponseWriter
	told time.Time // when progress was last told
}

// newMessages begins an answer.
func newMessages(w http.ResponseWriter) *messages {
	w.Header().Set("Content-Type", "application/x-ndjson")
	return &messages{json: json.NewEncoder(w), out: w}
}

// send writes one message. Where the client has left, the request's context
// ends the work.
func (m *messages) send(line message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.json.Encode(line) == nil {
		_ = http.NewResponseController(m.out).Flush()
	}
}

// progress tells how far a check is, five times a second at most.
func (m *messages) progress(t pebble.Tally) {
	if time.Since(m.told) < 200*time.Millisecond {
		return
	}
	m.told = time.Now()
	m.send(message{Progress: &t})
}

// end writes the last message: the one given, or why the work has failed.
func (m *messages) end(last message, err error) {
	if last.Done = err == nil; err != nil {
		last = message{Failed: err.Error()}
	}
	m.send(last)
}

// Package kairosdb answers KairosDB's REST API as KairosDB does: its routes,
// its lenient JSON, its status codes and texts, and its answers, streamed. What
// differs on purpose is numbered in conformance.
package kairosdb

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"aion/aggregators"
	"aion/api/wire"
	"aion/query"
	"aion/query/rollup"
	"aion/storage"
	"aion/storage/catalog"
)

// Config is what the protocol is made of.
type Config struct {
	Store          storage.Store
	Services       storage.Services // KairosDB's key store; nil: that of Store, if it keeps one
	Engine         *query.Engine
	Specs          *aggregators.Registry
	Release        aggregators.Release
	Now            func() time.Time  // nil: time.Now
	Zone           *aggregators.Zone // for queries that name none; nil is UTC
	FreeOrder      bool              // sums of 1,024 points and more may be added in any order
	VersionText    string            // what /version answers; empty: that of the release
	RegexPrefix    string            // what begins a tag filter that is an expression; empty: none is
	HiddenPrefixes []string          // metrics whose names begin so are not listed
	Extensions     bool              // tag names and values in every release, DELETE of points by query
	Forked         bool              // what forks of KairosDB take beyond it
	ReturnQuery    bool              // an answer begins with its query
	HealthCode     int               // status of a health check when all is well; 0: 204
	Slow           time.Duration     // queries that take as long are logged; 0: none are
	Rollups        *rollup.Scheduler // nil: there are no roll-ups
	ServerType     string            // ALL or a list of INGEST, QUERY, DELETE; empty: ALL
	MaxBody        int64             // bytes of a request but for ingest; 0: 16 MiB
	MaxIngest      int64             // bytes of an ingest request, unpacked; 0: 1 GiB
	Log            *slog.Logger      // nil: nothing is logged
}

// Protocol is KairosDB's REST API over a store.
type Protocol struct {
	Config
	running     running
	gates       []gate
	routes      []route
	fixed       map[string]*route      // by whole paths without parameters, as clients mostly write them
	mediaA      []string               // the content type of set A
	described   func() ([]byte, error) // makes the OpenAPI document of routes once
	compressors wire.Compressors
	texts       wire.Texts
	parsers     ingestParsers
	turns       turns // of ingest
	readers     readers
	encoders    encoders
}

// New makes the protocol. What is wrong with c is an error that names the field.
func New(c Config) (*Protocol, error) {
	p := &Protocol{Config: c, turns: newTurns(ingestRoom, ingestPatience)}
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	if p.MaxBody == 0 {
		p.MaxBody = 16 << 20
	}
	if p.MaxIngest == 0 {
		p.MaxIngest = 1 << 30
	}
	if p.HealthCode == 0 {
		p.HealthCode = http.StatusNoContent
	}
	if p.VersionText == "" {
		p.VersionText = switches[c.Release].version
	}
	if p.Services == nil && c.Store != nil {
		p.Services, _ = catalog.Services(c.Store, p.Now)
	}
	gates, err := parseGates(c.ServerType)
	if err != nil {
		return nil, err
	}
	p.gates, p.routes = gates, p.table()
	p.fixed, p.mediaA = p.paths(), []string{p.is().mediaA()}
	if err := stated(p.routes); err != nil {
		return nil, err
	}
	p.described = sync.OnceValues(p.openAPI)
	return p, nil
}

// gate is a word of the server type: a group of endpoints that a server offers
// or refuses.
type gate string

// The gates. An endpoint without one is always open.
const (
	open   gate = ""
	ingest gate = "INGEST"
	ask    gate = "QUERY"
	remove gate = "DELETE"
)

// parseGates reads the server type: the gates that are open.
func parseGates(text string) ([]gate, error) {
	all := []gate{open, ingest, ask, remove}
	if text == "" {
		return all, nil
	}
	gates := []gate{open}
	for _, word := range strings.Split(text, ",") {
		switch word := gate(strings.TrimSpace(word)); {
		case word == "ALL":
			gates = all
		case word != open && slices.Contains(all, word):
			gates = append(gates, word)
		default:
			return nil, fmt.Errorf("server type %q: %q is none of ALL, INGEST, QUERY, DELETE", text, word)
		}
	}
	return gates, nil
}

// release is what this protocol answers differently from release to release.
// What aggregators do differently stands in aggregators.Release.
type release struct {
	version      string
	charset      string // the parameter of set A's content type
	tagLists     bool   // /tagnames and /tagvalues are there
	index        bool   // /datapoints/index is there
	admin        bool   // /admin/runningqueries and killquery are there
	jobs         bool   // /admin/scheduledjobs is there
	plainValues  bool   // metadata can be read as text, and what is missing is 404
	alias        bool   // metrics have an alias
	oldTexts     bool   // JSON is read by gson 2.2.4
	positiveEnd  bool   // a negative end_absolute is ignored
	refusesLimit bool   // a negative limit is the store's error
	plainRefusal bool   // the 403 of a closed gate is the old one

	numericThreshold bool // of filter
	anyText          bool // ingest takes a value of type string unchecked
	encoding         bool // ingest heeds Content-Encoding
}

// switches is the table of the releases.
var switches = [...]release{
	aggregators.V12: {
		version: "KairosDB 1.2.2-1.20181121155210", charset: "charset=UTF-8", tagLists: true,
		oldTexts: true, positiveEnd: true, plainRefusal: true, numericThreshold: true,
	},
	aggregators.V13: {
		version: "KairosDB 1.3.0-1.20210808220820", charset: "charset=utf-8", index: true, admin: true, plainValues: true, oldTexts: true,
		encoding: true,
	},
	aggregators.Develop: {
		version: "KairosDB 1.3.2-1.20231004000000", charset: "charset=utf-8", index: true, admin: true, jobs: true, plainValues: true,
		alias: true, refusesLimit: true, anyText: true, encoding: true,
	},
}

// is is the row of the release that the server behaves as.
func (p *Protocol) is() release { return switches[p.Release] }

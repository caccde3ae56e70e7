package spool

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"unicode/utf8"

	"aion/storage/points"
)

// refusedName is the file of refusals.
const refusedName = "refused.jsonl"

// line is how a refusal stands in the file. Points are pairs of time and value:
// a number, the text NaN, +Inf or -Inf for what JSON has no number for, null, a
// text, or an object with its base64 where it is opaque or not UTF-8.
type line struct {
	Metric string            `json:"metric"`
	Tags   map[string]string `json:"tags"`
	Type   string            `json:"type"`
	TTL    int64             `json:"ttl_ms,omitempty"`
	At     int64             `json:"written_at"`
	Points [][2]any          `json:"points,omitempty"`
	Remove []int64           `json:"remove,omitempty"`
	Reason string            `json:"reason"`
}

// encoded is a value that JSON has no text for.
type encoded struct {
	Base64 string `json:"base64"`
}

// refusals writes the file of refusals.
type refusals struct {
	dir string
	mu  sync.Mutex
}

// write adds the refusals of a record to the file and syncs it.
func (f *refusals) write(r *record) (err error) {
	if len(r.refused) == 0 {
		return nil
	}
	var text []byte
	for i := range r.refused {
		one, err := json.Marshal(lineOf(&r.refused[i], r.at))
		if err != nil {
			return fmt.Errorf("print a refused point: %w", err)
		}
		text = append(append(text, one...), '\n')
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	file, err := os.OpenFile(filepath.Join(f.dir, refusedName), os.O_WRONLY|os.O_CREATE|os.O_APPEND, fileMode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.Write(text); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return syncDir(f.dir)
}

// lineOf is a refusal as a line.
func lineOf(r *refusal, at int64) line {
	c := &r.change
	l := line{
		Metric: c.Key.Metric, Tags: map[string]string{}, Type: c.Key.Type, TTL: c.TTL.Milliseconds(),
		At: at, Remove: c.Remove, Reason: r.reason,
	}
	for _, t := range c.Key.Tags {
		l.Tags[t.Name] = t.Value
	}
	for i, t := range c.Points.Times {
		l.Points = append(l.Points, [2]any{t, valueOf(&c.Points, i)})
	}
	return l
}

// valueOf is the value of point i as JSON has it.
func valueOf(b *points.Block, i int) any {
	switch {
	case b.Kind == points.Opaque:
		return encoded{base64.StdEncoding.EncodeToString(b.Bytes[i])}
	case b.Kind == points.Text && !utf8.ValidString(b.Texts[i]):
		return encoded{base64.StdEncoding.EncodeToString([]byte(b.Texts[i]))}
	case b.Kind == points.Text:
		return b.Texts[i]
	case b.Null(i):
		return nil
	case b.Int(i):
		return b.Ints[i]
	}
	if v := b.Floats[i]; math.IsNaN(v) || math.IsInf(v, 0) {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return b.Floats[i]
}

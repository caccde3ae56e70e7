package kairosdb

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"aion/api/access"
	"aion/query/encode"
	"aion/query/rollup"
	"aion/storage/points"
)

// rollupStatus answers with the status of a task, which outlives it for a while.
func (p *Protocol) rollupStatus(c echo.Context) error {
	id := c.Param("id")
	status, ok, err := p.Rollups.Book().Status(c.Request().Context(), id)
	own, failed := p.owns(c.Request().Context(), id)
	if err = errors.Join(err, failed); err != nil || !ok || !own {
		return p.absent(c, err, "Status not found for id "+id)
	}
	text := []byte(`{"statuses":[`)
	for i := range status.Queries {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendQueryStatus(text, &status.Queries[i])
	}
	text = append(text, `],"executing_host":`...)
	text = append(encode.AppendString(text, status.Host), `,"next_scheduled":`...)
	return p.answerBytes(c, append(encode.AppendString(text, status.Next), '}'))
}

// appendQueryStatus adds what is known of one query of a task.
func appendQueryStatus(b []byte, q *rollup.QueryStatus) []byte {
	b = encode.AppendString(append(b, `{"metric_name":`...), q.Metric)
	b = encode.AppendString(append(b, `,"last_executed":`...), q.Executed)
	b = strconv.AppendInt(append(b, `,"data_point_count":`...), q.Points, 10)
	b = strconv.AppendInt(append(b, `,"execution_length":`...), q.Length, 10)
	if q.Error != "" {
		b = encode.AppendString(append(b, `,"error_message":`...), q.Error)
	}
	return append(strconv.AppendInt(append(b, `,"last_execution_time":`...), q.At, 10), '}')
}

// fillRollup back-fills the metrics of a task over a time range, and answers when
// that is done.
func (p *Protocol) fillRollup(c echo.Context) error {
	task, r, err := p.fillOf(c)
	if err != nil || task == nil {
		return p.noRollup(c, err)
	}
	if _, err := p.Rollups.Fill(c.Request().Context(), task, r, limiter(access.From(c.Request().Context()))); err != nil {
		return computed(err)
	}
	return p.done(c)
}

// fillOf is what a request orders to back-fill; a nil task is one that is not
// there.
func (p *Protocol) fillOf(c echo.Context) (*rollup.Task, points.Range, error) {
	start, _ := parameter(c, "startTime")
	if start == "" {
		return nil, points.Range{}, broken("startTime must be specified")
	}
	end, given := parameter(c, "endTime")
	r, err := p.fillRange(start, end, given)
	if err != nil {
		return nil, r, err
	}
	id := c.Param("id")
	text, ok, err := p.task(c.Request().Context(), id)
	if err != nil || !ok {
		return nil, r, err
	}
	task, err := p.Rollups.Parse(id, text)
	return task, r, err
}

// orderFill orders a back-fill that is run in the background, and answers with
// how far it is.
func (p *Protocol) orderFill(c echo.Context) error {
	task, r, err := p.fillOf(c)
	if err != nil || task == nil {
		return p.noRollup(c, err)
	}
	state, err := p.Rollups.Order(c.Request().Context(), task, r, limiter(access.From(c.Request().Context())))
	if errors.Is(err, rollup.ErrUnknown) {
		return &Fault{Status: http.StatusConflict, Messages: []string{"the task is too new: no server has seen it yet, try again in some seconds"}}
	}
	if err != nil {
		return err
	}
	return p.answerHistory(c, task, &state)
}

// rollupHistory answers with what happened to a task.
func (p *Protocol) rollupHistory(c echo.Context) error {
	ctx, id := c.Request().Context(), c.Param("id")
	text, ok, err := p.task(ctx, id)
	if err != nil || !ok {
		return p.noRollup(c, err)
	}
	task, err := p.Rollups.Parse(id, text)
	if err != nil {
		return err
	}
	state, ok, err := p.Rollups.State(ctx, id)
	if err != nil || !ok {
		return p.absent(c, err, "Status not found for id "+id)
	}
	return p.answerHistory(c, task, &state)
}

// history is what happened to a task, and what is to happen.
type history struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Next     int64     `json:"next_execution_time"`
	Failures int       `json:"failures_in_turn"`
	Running  bool      `json:"running"`
	Runs     []pastRun `json:"runs"`
	Fill     *fillPart `json:"backfill,omitempty"`
}

// pastRun is one run of a task.
type pastRun struct {
	At     int64  `json:"execution_time"`
	Length int64  `json:"execution_length"`
	From   int64  `json:"start_time"`
	Points int64  `json:"data_point_count"`
	Host   string `json:"executing_host"`
	Missed int    `json:"missed_executions,omitempty"`
	Error  string `json:"error_message,omitempty"`
}

// fillPart is how far a back-fill is.
type fillPart struct {
	From   int64   `json:"start_time"`
	To     int64   `json:"end_time"`
	Share  float64 `json:"share"`
	Points int64   `json:"data_point_count"`
	Done   bool    `json:"done"`
	Error  string  `json:"error_message,omitempty"`
}

// answerHistory prints what is known of a task.
func (p *Protocol) answerHistory(c echo.Context, t *rollup.Task, s *rollup.State) error {
	h := history{
		ID: t.ID, Name: t.Name, Next: s.Next, Failures: s.Failures, Runs: []pastRun{},
		Running: s.Owner != "" && s.Until > p.Now().UnixMilli(),
	}
	for _, r := range s.Runs {
		h.Runs = append(h.Runs, pastRun{r.At, r.Length, r.From, r.Points, r.Host, r.Missed, r.Error})
	}
	if f := s.Fill; f != nil {
		h.Fill = &fillPart{f.From, f.To, f.Share(t.Jobs()), f.Points, f.Done, f.Error}
	}
	text, err := json.Marshal(&h)
	if err != nil {
		return err
	}
	return p.answerBytes(c, text)
}

// local is a time on the clock of the server's zone, in its parts from the year
// to the millisecond.
func (p *Protocol) local(parts [7]int) int64 {
	zone := time.UTC
	if p.Zone != nil {
		zone = p.Zone.Location()
	}
	at := time.Date(parts[0], time.Month(parts[1]), parts[2], parts[3], parts[4], parts[5], 0, zone)
	return at.UnixMilli() + int64(parts[6])
}

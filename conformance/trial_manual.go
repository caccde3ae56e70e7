package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// manualRelease is the release whose answers the manual's examples have.
const manualRelease = "1.3"

// Manual are the examples of KairosDB's manual, with the answers of 1.3.0.
func Manual() ([]Example, error) {
	text, err := files.ReadFile("testdata/vectors/kairosdb-manual.jsonl")
	if err != nil {
		return nil, err
	}
	return ReadManual(bytes.NewReader(text))
}

// manual plays the manual's examples.
func (r *trying) manual(ctx context.Context) error {
	examples, err := Manual()
	if err != nil {
		return err
	}
	for i := range examples {
		e := &examples[i]
		area := manualArea(e.ID)
		if !r.wanted(area) {
			continue
		}
		if r.Setup.Release != manualRelease {
			r.add(Result{Area: area, Name: e.ID, Status: LeftOut, Reason: "it is about release " + manualRelease})
			continue
		}
		if err := r.example(ctx, area, i, e); err != nil {
			return err
		}
	}
	return nil
}

// manualArea is the area of an example: the manual's page.
func manualArea(id string) string {
	page := strings.TrimPrefix(strings.TrimPrefix(id, "manual-"), "restapi-")
	if i := strings.LastIndexByte(page, '-'); i > 0 {
		page = page[:i]
	}
	return "manual: " + page
}

// example plays one example.
func (r *trying) example(ctx context.Context, area string, i int, e *Example) error {
	begun := time.Now()
	var problems []string
	for try := 1; try <= r.tries && (try == 1 || len(problems) > 0); try++ {
		target := &apart{Target: r.target, prefix: fmt.Sprintf("%se%d-%d.", r.Setup.Prefix, i, try), names: e.metrics()}
		var err error
		problems, err = e.Run(ctx, target, r.Now().Truncate(time.Millisecond))
		err = errors.Join(err, target.clean(ctx))
		switch {
		case errors.Is(err, ErrNotHTTP):
			r.add(Result{Area: area, Name: e.ID, Status: LeftOut, Reason: "it speaks telnet"})
			return nil
		case errors.Is(err, ErrNoAnswer):
			r.add(Result{Area: area, Name: e.ID, Status: LeftOut, Reason: "no answer to it was recorded"})
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil: // a setup that was refused is an answer, too
			problems = append(problems, err.Error())
		}
		if r.excuse(setManual, e.ID) != "" {
			break
		}
	}
	r.judge(setManual, Result{Area: area, Name: e.ID, Detail: strings.Join(problems, "\n"), Took: time.Since(begun)})
	return nil
}

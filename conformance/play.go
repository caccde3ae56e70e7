package conformance

import (
	"context"
	"fmt"
	"io"
)

// Play runs all scripts and all differences that fit a server, reports to w
// every answer that is not the one wanted, and ends with a line of counts. It
// answers how many cases failed. A server that ends a script by not answering
// at all is an error.
func Play(ctx context.Context, w io.Writer, t Target, u Setup) (failed int, err error) {
	scripts, err := Scripts()
	if err != nil {
		return 0, err
	}
	differences, err := Differences()
	if err != nil {
		return 0, err
	}
	for _, d := range differences {
		scripts = append(scripts, d.Script)
	}
	ran, passed := 0, 0
	for _, s := range scripts {
		if why := s.Unfit(t, u); why != "" {
			fmt.Fprintf(w, "%s: left out: it %s\n", s.Name, why)
			continue
		}
		outcomes, err := s.Run(ctx, t, u)
		if err != nil {
			return ran - passed, err
		}
		for i := range outcomes {
			ran++
			if outcomes[i].OK() {
				passed++
				continue
			}
			fmt.Fprintf(w, "%s:%d: got\n%s\nwant\n%s\n", s.Name, outcomes[i].Case.Line, outcomes[i].Got, outcomes[i].Case.Want)
		}
	}
	_, err = fmt.Fprintf(w, "%d cases ran, %d passed, %d failed\n", ran, passed, ran-passed)
	return ran - passed, err
}

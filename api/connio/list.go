package connio

import (
	"iter"
	"strconv"
)

// The sizes of pages: where nothing else is said, and at most.
const (
	usualPage = 80
	mostPage  = 1000
)

// listing is a page of a list of entities.
type listing[T any] struct {
	Total      int `json:"total"`
	ItemCount  int `json:"itemCount"`
	NumOfPages int `json:"numOfPages"`
	PageNo     int `json:"pageNo"`
	Skip       int `json:"skip"`
	Results    []T `json:"results"`
}

// listed answers the page of a list that the request wants. It holds no more of
// the list than that.
func listed[T any](c *call, all iter.Seq2[T, error]) error {
	size, err := c.parameter("pageSize", usualPage, 1, mostPage)
	if err != nil {
		return err
	}
	l := listing[T]{Results: []T{}}
	if l.PageNo, err = c.parameter("pageNo", 1, 1, 1<<30); err != nil {
		return err
	}
	if l.Skip, err = c.parameter("skip", 0, 0, 1<<30); err != nil {
		return err
	}
	from, to := (l.PageNo-1)*size+l.Skip, l.PageNo*size
	for one, err := range all {
		if err != nil {
			return refused(err)
		}
		if l.Total >= from && l.Total < to {
			l.Results = append(l.Results, one)
		}
		l.Total++
	}
	l.ItemCount, l.NumOfPages = len(l.Results), (l.Total+size-1)/size
	return c.tell(l)
}

// parameter is a parameter of the query that is a number.
func (c *call) parameter(name string, usual, least, most int) (int, error) {
	text := c.QueryParam(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, bad("%s: got %q, want %d to %d", name, shortened(text), least, most)
	}
	return n, nil
}

// paged yields what comes page by page, each behind the last one's id.
func paged[T any](id func(*T) string, page func(after string, limit int) ([]T, error)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for after := ""; ; {
			list, err := page(after, mostPage)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range list {
				if !yield(&list[i], nil) {
					return
				}
				after = id(&list[i])
			}
			if len(list) < mostPage {
				return
			}
		}
	}
}

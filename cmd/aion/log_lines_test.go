package main

import (
	"bytes"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"aion/api"
)

// TestLogGathered: records of requests that come one soon after the other wait for each
// other for a moment; nothing else waits, the order stays, and nothing is lost when the
// server ends.
func TestLogGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to, seen := new(output), 0
		log, closed := (&logSettings{Format: "text", Level: "info"}).gathered(to)
		log = log.With("of", "all")
		request := func(n int) { log.Info(api.Record, "n", n) }
		wants := func(when, want string) {
			t.Helper()
			synctest.Wait()
			got, text := "", to.text()
			for _, found := range regexp.MustCompile(`n=(\d+)`).FindAllStringSubmatch(text[seen:], -1) {
				got += found[1] + " "
			}
			if got != want {
				t.Errorf("%s: got %s, want %s", when, got, want)
			}
			seen = len(text)
		}
		request(1)
		wants("the first", "1 ")
		request(2)
		time.Sleep(gatherTime / 2)
		request(3)
		wants("soon after it", "")
		time.Sleep(gatherTime / 2)
		wants("a moment later", "2 3 ")
		request(4)
		log.Warn("what is wrong", "n", 5)
		wants("with a warning", "4 5 ")
		request(6)
		log.Info("stopped", "n", 7)
		wants("with what is no request", "6 7 ")
		request(8)
		log.LogAttrs(t.Context(), slog.LevelInfo, api.Record, slog.Int("n", 9), slog.Bool("audit", true))
		wants("with what belongs to the audit", "8 9 ")
		request(10)
		log.Info(api.Record, "n", 11, "text", strings.Repeat("x", gatherBytes))
		wants("with many bytes", "10 11 ")
		time.Sleep(time.Hour)
		wants("then", "")
		request(12)
		wants("after a while", "12 ")
		request(13)
		closed()
		wants("at the end", "13 ")
		request(14)
		wants("after the end", "14 ")
	})
}

// TestLogGatheredByMany: each record is there once, whoever writes it, when the server has
// ended.
func TestLogGatheredByMany(t *testing.T) {
	var to bytes.Buffer
	log, closed := (&logSettings{Format: "json", Level: "info"}).gathered(&to)
	const writers, each = 8, 500
	done := make(chan struct{})
	for range writers {
		go func() {
			defer func() { done <- struct{}{} }()
			for i := range each {
				if log.Info(api.Record); i%100 == 0 {
					log.Error("wrong")
				}
			}
		}()
	}
	for range writers {
		<-done
	}
	closed()
	if got, want := strings.Count(to.String(), "\n"), writers*(each+each/100); got != want {
		t.Errorf("got %d lines, want %d", got, want)
	}
}

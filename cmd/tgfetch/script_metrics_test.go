package main

import (
	"bufio"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var metricsAt = regexp.MustCompile(`http://\S+/metrics`)

// cmdScrape runs a command until its metrics hold a line that begins with some text, and then
// kills it.
func cmdScrape(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: scrape TEXT COMMAND...")
	}
	cmd := command(ts, args[1:])
	talk, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	defer cmd.Wait() // It was killed.
	defer cmd.Process.Kill()
	lines := bufio.NewScanner(talk)
	for lines.Scan() {
		if url := metricsAt.FindString(lines.Text()); url != "" {
			awaitMetric(ts, url, args[0])
			return
		}
	}
	ts.Fatalf("the command does not say where its metrics are")
}

// awaitMetric polls, for a counter has no event to wait for.
func awaitMetric(ts *testscript.TestScript, url, text string) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(time.Minute)
	for {
		res, err := client.Get(url)
		ts.Check(err)
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		ts.Check(err)
		if strings.Contains("\n"+string(body), "\n"+text) {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			ts.Fatalf("no %s in\n%s", text, body)
		}
	}
}

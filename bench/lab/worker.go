package lab

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/tgfetch/tgfetch/bench/soak"
	"github.com/tgfetch/tgfetch/dcpool/cluster"
)

// WorkerCommand is the first argument of a process that must call [Worker].
const WorkerCommand = "bench-worker"

// Roles of a worker process, its first argument after WorkerCommand.
const (
	roleSim      = "sim"
	roleTgfetch  = "tgfetch"
	roleBaseline = "gotd"
	roleConfined = "confined" // see soak.Confine
)

// Worker is the main function of a process that [Simulate] started: args are
// what follows WorkerCommand, in and out its standard streams. An error is for
// stderr and makes the exit code other than 0.
func Worker(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) != 2 {
		return fmt.Errorf("%s is started by the bench command, with a role and a job", WorkerCommand)
	}
	switch role, path := args[0], args[1]; role {
	case roleSim:
		var job simJob
		if err := readJSON(path, &job); err != nil {
			return err
		}
		return simulator(ctx, job, in, out)
	case roleTgfetch, roleBaseline:
		var job fetchJob
		if err := readJSON(path, &job); err != nil {
			return err
		}
		fetch := fetchOurs
		if role == roleBaseline {
			fetch = fetchBaseline
		}
		return tellOutcome(out, fetch(ctx, job))
	case roleConfined:
		return soak.Confine(path)
	default:
		return fmt.Errorf("%s: no role %q", WorkerCommand, role)
	}
}

// fetchJob is what a client process has to do.
type fetchJob struct {
	// Cluster is the path of the cluster file, Session the folder of the login
	// and keys, Out the folder for the files.
	Cluster string `json:"cluster"`
	Session string `json:"session"`
	Out     string `json:"out"`
	// Login says to log in first, as the cluster's first account.
	Login bool `json:"login,omitempty"`
	// Links are fetched in this order.
	Links []string `json:"links"`
	// Threads is how many requests gotd's downloader has in flight.
	Threads int `json:"threads,omitempty"`
}

// outcome is what a client process says at its end.
type outcome struct {
	Error string `json:"error,omitempty"`
	// Refused says that the error is the one for data centers that send the
	// client from one to the other.
	Refused bool  `json:"refused,omitempty"`
	PeakRSS int64 `json:"peak_rss,omitempty"`
}

// tellOutcome writes the outcome of a job that ended with err.
func tellOutcome(out io.Writer, err error) error {
	o := outcome{PeakRSS: peakRSS()}
	if err != nil {
		o.Error = cmp.Or(err.Error(), "unknown error")
		o.Refused = isMigrationError(err)
	}
	return json.NewEncoder(out).Encode(o)
}

// access reads the cluster file and the account to use.
func (j fetchJob) access() (cluster.Cluster, cluster.Account, error) {
	c, err := cluster.ReadFile(j.Cluster)
	if err != nil {
		return cluster.Cluster{}, cluster.Account{}, err
	}
	if len(c.Accounts) == 0 {
		return cluster.Cluster{}, cluster.Account{}, errors.New("the scenario has no account")
	}
	return c, c.Accounts[0], nil
}

func readJSON(path string, v any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func writeJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

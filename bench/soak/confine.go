package soak

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// ConfineCommand is what follows the program's own name, before a job, in a
// command line that must call [Confine].
var ConfineCommand = []string{"bench", "bench-worker", "confined"}

// confinedJob is the name of a job's file.
const confinedJob = "confined.json"

// confinement is a process that may not write large files.
type confinement struct {
	Bytes int64    `json:"bytes"`
	Argv  []string `json:"argv"`
}

// confined returns the command line that runs argv so that no file it writes
// gets larger than limit bytes. The job is kept in dir.
func confined(self, argv []string, limit int64, dir string) ([]string, error) {
	data, err := json.Marshal(confinement{limit, argv})
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, confinedJob)
	return append(append(self[:len(self):len(self)], ConfineCommand...), path), os.WriteFile(path, data, 0o600)
}

// Confine limits this process as a job's file says, and becomes the program
// that the job names. It returns only if that does not work.
func Confine(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var job confinement
	if err := json.Unmarshal(data, &job); err != nil {
		return err
	}
	return become(job)
}

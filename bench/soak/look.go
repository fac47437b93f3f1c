package soak

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/tgfetch/tgfetch/bench/simdc"
)

// files lists what lies in the target folders.
func (r *runner) files() ([]Entry, error) {
	var out []Entry
	for dir := 0; ; dir++ {
		root := r.path(fmt.Sprintf("out-%d", dir))
		list, err := os.ReadDir(root)
		if errors.Is(err, fs.ErrNotExist) {
			return out, nil
		} else if err != nil {
			return nil, err
		}
		for _, f := range list {
			e := Entry{Dir: dir, Name: f.Name()}
			info, err := f.Info()
			if err != nil {
				return nil, err
			}
			e.Size = info.Size()
			if e.finished() {
				if e.SHA256, err = digest(filepath.Join(root, f.Name())); err != nil {
					return nil, err
				}
			}
			out = append(out, e)
		}
	}
}

func digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// own are the entries that a round's folder has.
var own = regexp.MustCompile(`^(round\.json|cluster\.json|home|out-\d+|step-\d+)$`)

// strays lists what lies where it does not belong: in the round's folder, or
// beside the clients' own files.
func (r *runner) strays() ([]string, error) {
	list, err := os.ReadDir(r.dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range list {
		if !own.MatchString(f.Name()) {
			out = append(out, f.Name())
		}
	}
	clients, err := filepath.Glob(r.path("step-*", "client-*", "*"))
	if err != nil {
		return nil, err
	}
	for _, path := range clients {
		switch name := filepath.Base(path); {
		case slices.Contains([]string{"log", "failed.txt", "stdout", "stderr", "code", confinedJob}, name):
		case unfinished.MatchString(name) && r.torn(path):
		default:
			out = append(out, path)
		}
	}
	return out, nil
}

// unfinished is a list that was being written when its process ended.
var unfinished = regexp.MustCompile(`^failed\.txt\d+$`)

// torn reports whether the process that a file belongs to was ended without a
// chance to tidy up.
func (r *runner) torn(path string) bool {
	for n, step := range r.round.Steps {
		for i, c := range step.Clients {
			if strings.HasPrefix(path, r.clientDir(n, i)+string(filepath.Separator)) {
				return c.End.Signal == Kill || c.End.Signal == Insist
			}
		}
	}
	return false
}

// keyMaterial returns the keys in the session files below dir, in the forms in
// which they might be printed.
func keyMaterial(dir string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "keys" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		_, body, _ := strings.Cut(string(data), "\n")
		var sections any
		if err := json.Unmarshal([]byte(body), &sections); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		out = appendKeys(out, sections)
		return nil
	})
	return out, err
}

// keySize is the length in bytes of an authorization key.
const keySize = 256

func appendKeys(out []string, v any) []string {
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			out = appendKeys(out, x)
		}
	case []any:
		for _, x := range v {
			out = appendKeys(out, x)
		}
	case string:
		if key, err := base64.StdEncoding.DecodeString(v); err == nil && len(key) == keySize {
			// A part is enough to give a key away.
			out = append(out, v[:40], hex.EncodeToString(key[:16]), strings.ToUpper(hex.EncodeToString(key[:16])))
		}
	}
	return out
}

func writeEvents(path string, events []simdc.Event) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	for _, e := range events {
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	return w.Flush()
}

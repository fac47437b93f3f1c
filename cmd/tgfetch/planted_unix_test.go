//go:build unix

package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/archive"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/foreign"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/linklist"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/settings"
	"github.com/tgfetch/tgfetch/dcpool/cluster"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/fetcher/simtest"
	"github.com/tgfetch/tgfetch/session"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

// stranger is a user who is not root and not the one of the test.
const stranger = 12345

// gold is what is in the file that planted links lead to.
const gold = "gold\n"

// A plant puts something under a path that is no file of this user's with one name.
type plant struct {
	name string
	put  func(path, treasure string) error
}

var plants = []plant{
	{"fifo", func(path, _ string) error { return unix.Mkfifo(path, 0o666) }},
	{"folder", func(path, _ string) error { return os.Mkdir(path, 0o777) }},
	{"socket", func(path, _ string) error { return unix.Mknod(path, unix.S_IFSOCK|0o666, 0) }},
	{"link", strangersLink},
	{"link to a device", func(path, _ string) error { return strangersLink(path, "/dev/zero") }},
	{"link to nowhere", func(path, _ string) error { return strangersLink(path, path+".nowhere") }},
	{"hard link", func(path, treasure string) error { return os.Link(treasure, path) }},
	{"device", func(path, _ string) error { return unix.Mknod(path, unix.S_IFCHR|0o666, int(unix.Mkdev(1, 5))) }},
	{"file of a stranger", func(path, _ string) error {
		return errors.Join(os.WriteFile(path, []byte(gold), 0o666), os.Chown(path, stranger, stranger))
	}},
	{"hard link to a link", func(path, treasure string) error {
		return errors.Join(strangersLink(treasure+".link", treasure), os.Link(treasure+".link", path))
	}},
	{"endless file", func(path, _ string) error {
		return errors.Join(os.WriteFile(path, nil, 0o666), os.Truncate(path, 1<<40))
	}},
}

func strangersLink(path, to string) error {
	return errors.Join(os.Symlink(to, path), os.Lchown(path, stranger, stranger))
}

// A touch has the program do with a file what it does with files of one kind.
type touch struct {
	// name is the file's, in a folder.
	name string
	do   func(ctx context.Context, dir string) error
	// fine are the plants with which the program may go on, since that harms nothing;
	// replaced are those that it may replace by a file of its own.
	fine, replaced []string
	// waits says that a pipe may be waited for, until the command is interrupted.
	waits bool
}

var (
	// anything is for who takes another name.
	anything = slices.Collect(func(yield func(string) bool) {
		for _, p := range plants {
			if !yield(p.name) {
				return
			}
		}
	})
	// readable may be read where the user names what is read.
	readable = []string{"link", "hard link", "file of a stranger", "hard link to a link"}
	// own are files of this user, which may be replaced.
	own = []string{"hard link", "endless file"}
)

// TestPlantedFiles: whatever somebody puts where the program keeps a file of any kind, the
// program does not wait for it, writes to nothing that it leads to, leaves it as it is, and
// says so or takes another name. A kind without an entry fails.
func TestPlantedFiles(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can plant files of another user")
	}
	t.Parallel()
	touches := touchesOf(t)
	for _, kind := range ownfile.All() {
		if len(touches[kind.Name]) == 0 {
			t.Errorf("%s: say how the program touches it", kind.Name)
		}
		for _, how := range touches[kind.Name] {
			for _, p := range plants {
				t.Run(kind.Name+"/"+p.name, func(t *testing.T) {
					t.Parallel()
					checkPlanted(t, how, p)
				})
			}
		}
	}
}

func checkPlanted(t *testing.T, how touch, p plant) {
	dir, away := t.TempDir(), t.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	path, treasure := filepath.Join(dir, how.name), filepath.Join(away, "treasure")
	if err := os.WriteFile(treasure, []byte(gold), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), p.put(path, treasure)); err != nil {
		if errors.Is(err, syscall.EPERM) {
			t.Skip(err) // A container may not make devices.
		}
		t.Fatal(err)
	}
	before, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if how.waits && p.name == "fifo" {
		cancel() // As one SIGTERM does.
		defer endPipe(t, path)
	}
	ended := make(chan error, 1)
	go func() { ended <- how.do(ctx, dir) }()
	select {
	case err = <-ended:
	case <-time.After(time.Minute):
		t.Fatal("it hangs")
	}
	fine := slices.Contains(how.fine, p.name)
	switch {
	case err == nil && !fine:
		t.Error("it went on")
	case err != nil && !fine && !errors.Is(err, context.Canceled) && !strings.Contains(err.Error(), filepath.Base(how.name)):
		t.Errorf("the error does not name it: %v", err)
	}
	if data, err := os.ReadFile(treasure); err != nil || string(data) != gold {
		t.Errorf("the treasure is %q now, error %v", data, err)
	}
	after, err := os.Lstat(path)
	same := err == nil && os.SameFile(before, after) && after.Mode() == before.Mode() && after.Size() == before.Size()
	if !same && !slices.Contains(how.replaced, p.name) {
		t.Errorf("it was %v and is %v, error %v", before.Mode(), after, err)
	}
}

// endPipe lets the reader of a pipe that was left behind come to the end. The open for writing
// waits for that reader.
func endPipe(t *testing.T, path string) {
	ended := make(chan error, 1)
	go func() {
		w, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err == nil {
			err = w.Close() // Nothing was written.
		}
		ended <- err
	}()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("nobody reads the pipe")
	}
}

// touchesOf is how the program touches files, by the kind's name.
func touchesOf(t *testing.T) map[string][]touch {
	sim := simtest.Start(t, nil)
	client := sim.Client(nil)
	file := smallestJournaled(t, sim, client)
	name := file.Name
	// fetch downloads the file, and has it wherever it went.
	fetch := func(edit func(*fetcher.Target)) func(context.Context, string) error {
		return func(ctx context.Context, dir string) error {
			target := fetcher.Target{Dir: dir}
			if edit != nil {
				edit(&target)
			}
			r, err := client.Fetch(ctx, file, target)
			if err != nil {
				return err
			}
			info, err := os.Lstat(r.Path)
			if err == nil && (!info.Mode().IsRegular() || info.Size() != file.Size) {
				err = errors.New("the file is not there")
			}
			return err
		}
	}
	replace := func(target *fetcher.Target) { target.Existing = fetcher.ExistingReplace }
	list := func(lists, exports []string) func(context.Context, string) error {
		return func(ctx context.Context, dir string) error {
			a := newApp(strings.NewReader(""), io.Discard, io.Discard)
			in := func(names []string) (paths []string) {
				for _, name := range names {
					paths = append(paths, filepath.Join(dir, name))
				}
				return paths
			}
			_, err := a.readLists(ctx, in(lists), in(exports))
			return err
		}
	}
	caption := func(existing fetcher.ExistingMode) func(context.Context, string) error {
		return func(_ context.Context, dir string) error {
			w := wish{caption: true, target: fetcher.Target{Existing: existing}}
			f := fetcher.File{Source: fetcher.Source{Caption: "words"}}
			return w.writeCaption(fetcher.Result{File: f, Path: filepath.Join(dir, "a.bin")})
		}
	}
	at := func(name string, do func(path string) error) func(context.Context, string) error {
		return func(_ context.Context, dir string) error { return do(filepath.Join(dir, name)) }
	}
	write := func(k ownfile.Kind) func(string) error {
		return func(path string) error { return ownfile.Write(k, path, []byte("x")) }
	}
	return map[string][]touch{
		"part":     {{name: name + ".part", do: fetch(nil), fine: anything, replaced: []string{"endless file"}}},
		"journal":  {{name: name + ".part.journal", do: fetch(nil), fine: anything, replaced: []string{"endless file"}}},
		"download": {{name: name, do: fetch(nil), fine: anything}, {name: name, do: fetch(replace), fine: anything, replaced: append(own, "file of a stranger")}},
		"info.json": {{
			name: name + ".info.json", do: fetch(func(target *fetcher.Target) { target.InfoJSON = true }), fine: []string{"hard link"},
		}},
		"caption": {
			{name: "a.bin.caption.txt", do: caption(fetcher.ExistingProven), fine: own},
			{name: "a.bin.caption.txt", do: caption(fetcher.ExistingReplace), fine: own, replaced: own},
		},
		"checksums": {{name: "SHA256SUMS", do: at("SHA256SUMS", func(path string) error {
			sums, err := fetcher.OpenChecksums(path)
			if err != nil {
				return err
			}
			return errors.Join(sums.Add(make([]byte, 32), path+".bin"), sums.Close())
		}), fine: []string{"device"}}},
		"archive": {{name: "done", do: at("done", func(path string) error {
			done, err := archive.Open(path)
			if err != nil {
				return err
			}
			return errors.Join(done.AddFile(file), done.Close())
		}), fine: []string{"device"}}},
		"failed file": {{name: "failed", do: at("failed", func(path string) error {
			return errors.Join(linklist.Check(path), linklist.Write(path, []linklist.Failure{{Link: "l", Reason: "r"}}))
		}), fine: append(own, "device"), replaced: own}},
		"log": {{name: "log", do: at("log", func(path string) error {
			a := newApp(strings.NewReader(""), io.Discard, io.Discard)
			a.flags.logFile = path
			err := a.openLog()
			if err == nil {
				a.closeLog()
			}
			return err
		}), fine: []string{"device", "endless file"}}},
		"page": {{name: "page.html", do: at("page.html", func(path string) error {
			return errors.Join(checkPage(path), write(ownfile.Page)(path))
		}), fine: append(own, "device"), replaced: own}},
		"exported session": {{name: "login", do: at("login", func(path string) error { return writeSecret(path, []byte("x")) })}},
		"simulator log":    {{name: "log.json", do: at("log.json", write(ownfile.SimLog)), fine: append(own, "device"), replaced: own}},

		"list of links":      {{name: "list", do: list([]string{"list"}, nil), fine: readable, waits: true}},
		"export of Telegram": {{name: "result.json", do: list(nil, []string{"result.json"}), fine: readable, waits: true}},
		"session of another program": {{name: "s", do: func(ctx context.Context, dir string) error {
			_, err := newApp(strings.NewReader(""), io.Discard, io.Discard).readForeign(ctx, filepath.Join(dir, "s"), importFlags{})
			return err
		}, fine: append(readable, "link to nowhere"), waits: true}},
		"file of Telegram Desktop": {{name: "key_datas", do: func(_ context.Context, dir string) error {
			_, err := foreign.ReadTData(tdata(dir), nil)
			return err
		}, fine: append(readable, "endless file")}},
		"passphrase": {{name: "secret", do: func(ctx context.Context, dir string) error {
			_, err := passphraseIn(ctx, filepath.Join(dir, "secret"))
			return err
		}, fine: readable, waits: true}},
		"cluster file": {
			{name: "c.json", do: at("c.json", func(path string) error { _, err := cluster.ReadFile(path); return err })},
			{name: "c.json", do: at("c.json", sim.WriteFile), fine: own, replaced: own},
		},
		"scenario": {{name: "s.json", do: at("s.json", func(path string) error { _, err := scenario.Read(path); return err })}},
		"report":   {{name: "r.json", do: at("r.json", func(path string) error { _, err := readReport(path); return err })}},
		"file to verify": {{name: "film.mp4", do: func(ctx context.Context, dir string) error {
			_, err := client.Verify(ctx, file, filepath.Join(dir, "film.mp4"), fetcher.VerifyOptions{Repair: true})
			return err
		}, fine: append(readable, "endless file")}},

		"keys":  {{name: "keys", do: changeSession, replaced: []string{"endless file"}}},
		"state": {{name: "state", do: changeSession, fine: own, replaced: own}},
		"lock":  {{name: "lock", do: changeSession, fine: append(own, "file of a stranger")}},
		"configuration": {{name: "config.toml", do: at("config.toml", func(path string) error {
			_, err := settings.Resolve(nil, func(string) string { return "" }, path)
			return err
		})}},
	}
}

// changeSession changes keys and state of the session in a folder.
func changeSession(_ context.Context, dir string) error {
	store, err := session.OpenDir(dir, session.DirOptions{})
	if err != nil {
		return err
	}
	return errors.Join(
		store.UpdateKeys(func(k *session.Keys) error { k.HomeDC = 2; return nil }),
		store.UpdateState(func(s *session.State) error { s.Documents["document:1"] = 2; return nil }),
		store.Close(),
	)
}

// smallestJournaled is the smallest file of the simulator that has a journal.
func smallestJournaled(t *testing.T, sim *simtest.Sim, client *fetcher.Client) fetcher.File {
	t.Helper()
	for _, l := range sim.Access.Links {
		if l.Size != 1<<20+1 {
			continue
		}
		link, err := fetcher.ParseLink(l.URL)
		if err != nil {
			t.Fatal(err)
		}
		for f, err := range client.Resolve(t.Context(), link) {
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
	}
	t.Fatal("the simulator has no such file")
	return fetcher.File{}
}

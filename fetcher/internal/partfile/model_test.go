package partfile

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/tgfetch/tgfetch/chunker"
)

// life is a file through many runs of the program, some of which end badly.
type life struct {
	t    *rapid.T
	disk *memFS
	id   Identity
	rng  *rand.Rand

	f    *File
	plan *chunker.Plan
	// What this run, and after a power cut the next one, must still have.
	done, safe map[int64]bool
	// Grains of which a hash said that they are wrong, and nothing better since;
	// and whether all are to be compared. No crash may forget either.
	doubted map[int64]bool
	proof   bool
}

// TestModel lets random things happen to a download. Whatever they are, no grain
// counts as proven whose bytes are wrong, none is lost that was safe, and in the
// end the file is right.
func TestModel(t *testing.T) {
	sizes := []int64{0, 1, Grain, OnePart, OnePart + 1, OnePart + Grain, big.Size}
	rapid.Check(t, func(t *rapid.T) {
		l := &life{
			t:    t,
			disk: newMemFS(),
			id:   Identity{Kind: "document", ID: 5, Size: rapid.SampledFrom(sizes).Draw(t, "size")},
			rng:  rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)),
			done: map[int64]bool{},
			safe: map[int64]bool{},

			doubted: map[int64]bool{},
		}
		// Rapid gives some runs up half way.
		defer func() {
			if l.f != nil {
				l.f.stopSyncer()
			}
		}()
		l.open()
		t.Repeat(map[string]func(*rapid.T){
			"part":       func(*rapid.T) { l.part() },
			"torn part":  func(*rapid.T) { l.torn() },
			"wrong part": func(*rapid.T) { l.wrong() },
			"sync":       func(*rapid.T) { l.sync() },
			"close":      func(*rapid.T) { l.close() },
			"kill":       func(*rapid.T) { l.kill() },
			"power cut":  func(*rapid.T) { l.cut() },
			"confirm":    func(*rapid.T) { l.confirm() },
			"demand":     func(*rapid.T) { l.demand() },
			"":           func(*rapid.T) { l.check(checkProven(l.f)); l.remembers() },
		})
		l.check(complete(l.f, l.plan))
		if l.disk.cut(l.rng); !l.disk.holds(name, l.id) {
			t.Fatal("after a power cut, the finished file is wrong")
		}
	})
}

func (l *life) check(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *life) draw(n int, what string) int { return rapid.IntRange(0, n-1).Draw(l.t, what) }

// next asks for a part of a random size, 4 KiB to 1 MiB.
func (l *life) next() (chunker.Part, []byte, bool) {
	part, ok := l.plan.Next(4 << 10 << l.draw(9, "part size"))
	if !ok {
		return part, nil, false
	}
	return part, content(l.id)[part.Offset:part.End()], true
}

// write writes data as a part, in two pieces and any order.
func (l *life) write(part chunker.Part, data []byte) []int64 {
	half := l.draw(len(data)+1, "piece")
	_, err1 := l.f.WriteAt(data[half:], part.Offset+int64(half))
	_, err2 := l.f.WriteAt(data[:half], part.Offset)
	l.check(errors.Join(err1, err2))
	_, grains := l.plan.Done(part, len(data))
	for _, g := range grains {
		l.check(l.f.Done(g, nil))
		l.done[g] = true
	}
	return grains
}

func (l *life) part() {
	if part, data, ok := l.next(); ok {
		l.write(part, data)
	}
}

// torn writes the beginning of a part, and gives it up.
func (l *life) torn() {
	if part, data, ok := l.next(); ok {
		_, err := l.f.WriteAt(data[:len(data)/2], part.Offset)
		l.check(err)
		l.plan.Fail(part)
	}
}

// wrong writes a part as a server sends it that is found out later.
func (l *life) wrong() {
	part, data, ok := l.next()
	if !ok {
		return
	}
	l.write(part, bytes.Repeat([]byte{0xee}, len(data)))
	if rapid.Bool().Draw(l.t, "sync before it is found out") {
		l.sync()
	}
	for g := part.Offset / Grain; g*Grain < part.End(); g++ {
		l.check(l.f.Drop(g))
		l.plan.Drop(g)
		delete(l.done, g)
		delete(l.safe, g)
		l.doubted[g] = true
	}
}

// confirm finds a doubted grain right that was fetched again.
func (l *life) confirm() {
	for _, g := range slices.Sorted(maps.Keys(l.doubted)) {
		if l.done[g] {
			l.check(l.f.Confirm(g))
			delete(l.doubted, g)
			return
		}
	}
}

func (l *life) demand() {
	l.check(l.f.RequireProof())
	l.proof = true
}

// remembers checks that no doubt is forgotten. One that was ended may come back
// when the power goes.
func (l *life) remembers() {
	known := l.f.Doubted()
	for g := range l.doubted {
		if !slices.Contains(known, g) {
			l.t.Fatalf("the doubt about grain %d was forgotten", g)
		}
	}
	if l.proof && !l.f.ProofRequired() {
		l.t.Fatal("that all is to be compared was forgotten")
	}
}

func (l *life) sync() {
	l.check(l.f.Sync())
	l.safe = maps.Clone(l.done)
}

func (l *life) close() {
	l.check(l.f.Close())
	l.safe = maps.Clone(l.done)
	l.stranger()
	l.open()
}

// stranger is the download of another file under the same name.
func (l *life) stranger() {
	if !l.id.recorded() || len(l.done) == 0 {
		return
	}
	_, err := quiet(l.disk).Open(name, other, Options{})
	if !errors.Is(err, ErrOtherFile) {
		l.t.Fatalf("opened as another file: %v", err)
	}
}

func (l *life) kill() {
	l.f.stopSyncer()
	l.disk.kill()
	l.open()
}

func (l *life) cut() {
	l.f.stopSyncer()
	l.disk.cut(l.rng)
	l.done = maps.Clone(l.safe)
	l.open()
}

// open begins the next run, which may verify only a part of what is there
// before it ends too.
func (l *life) open() {
	f, err := quiet(l.disk).Open(name, l.id, Options{})
	l.check(err)
	l.f = f
	l.plan, err = chunker.New(l.id.Size)
	l.check(err)
	left := slices.Collect(l.f.Candidates())
	if !l.id.recorded() {
		clear(l.done)
		clear(l.safe)
		clear(l.doubted)
		l.proof = false
	}
	if len(l.done) > 0 { // Else there may be no .part to remember anything.
		l.remembers()
	} else if len(l.f.Doubted()) == 0 {
		clear(l.doubted)
		l.proof = l.f.ProofRequired()
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	budget := l.draw(len(left)+1, "verified before the next crash")
	again := rapid.Bool().Draw(l.t, "crash while verifying")
	report := func(g int64, good bool) {
		if good {
			l.plan.Restore(g)
		} else if l.done[g] {
			l.t.Errorf("grain %d was lost", g)
		}
		if budget--; budget == 0 && again {
			stop()
		}
	}
	if err := l.f.Verify(ctx, 1+l.draw(3, "workers"), report); err != nil {
		l.check(checkProven(l.f))
		l.f.stopSyncer()
		l.disk.kill()
		l.open()
		return
	}
	for g := range l.done {
		if !l.plan.HasGrain(g) {
			l.t.Errorf("grain %d was lost", g)
		}
	}
	// What an unsynced record proved all the same is as good as any.
	for g := range l.plan.Grains() {
		l.done[g] = true
	}
}

package session

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"time"

	"github.com/tgfetch/tgfetch/session/ownfile"
)

// State implements Store.
func (d *Dir) State() (State, error) {
	var s State
	err := d.ViewState(func(state *State) { s = state.Clone() })
	return s, err
}

// ViewState implements Store.
func (d *Dir) ViewState(fn func(*State)) error {
	d.load()
	d.mu.Lock()
	defer d.mu.Unlock()
	fn(&d.state)
	return nil
}

// UpdateState implements Store. The file is written when it was not written
// for DirOptions.StateInterval, else by a later UpdateState, by Flush or by
// Close. That the file could not be written is only logged here.
func (d *Dir) UpdateState(fn func(*State) error) error {
	d.load()
	d.mu.Lock()
	err := fn(&d.state)
	d.state.initMaps()
	trimState(&d.state)
	d.dirty = true
	due := time.Since(d.wrote) >= d.interval
	d.mu.Unlock()
	if err != nil || !due {
		return err
	}
	select {
	case d.writing <- struct{}{}:
		if err := d.flush(); err != nil {
			d.log.Warn("state file was not written", "error", err)
		}
		<-d.writing
	default: // Somebody is at it; what changed here waits for the next time.
	}
	return nil
}

// Flush writes the state file if there is something new to write.
func (d *Dir) Flush() error {
	d.writing <- struct{}{}
	defer func() { <-d.writing }()
	return d.flush()
}

// Close writes the state file. The Dir stays usable.
func (d *Dir) Close() error { return d.Flush() }

// load reads the state file if that was not done yet.
func (d *Dir) load() {
	d.mu.Lock()
	if d.loaded {
		d.mu.Unlock()
		return
	}
	var err error
	d.state, _, err = d.readState()
	d.base = d.state.Clone()
	d.loaded = true
	d.mu.Unlock()
	d.logIgnored(err)
}

// flush brings what changed here into the file, where other processes may have
// put other changes, and their changes here. The caller occupies d.writing.
func (d *Dir) flush() error {
	d.mu.Lock()
	if !d.dirty {
		d.mu.Unlock()
		return nil
	}
	base, next := d.base, d.state.Clone()
	d.dirty = false
	// Also when it fails, so that a full disk is not tried on every update.
	d.wrote = time.Now()
	d.mu.Unlock()

	disk, err := d.writeState(base, next)

	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.dirty = true
		return err
	}
	d.base = disk
	merged := disk.Clone()
	mergeState(&merged, next, d.state)
	d.state = merged
	return nil
}

// writeState merges the changes from base to next into the file and returns
// what is in it then.
func (d *Dir) writeState(base, next State) (State, error) {
	unlock, err := d.lock()
	if err != nil {
		return State{}, err
	}
	defer unlock()
	disk, secs, err := d.readState()
	d.logIgnored(err)
	mergeState(&disk, base, next)
	trimState(&disk)
	if err := encodeState(disk, secs); err != nil {
		return State{}, fmt.Errorf("session: %w", err)
	}
	data, err := formatFile(stateName, secs)
	if err != nil {
		return State{}, fmt.Errorf("session: %w", err)
	}
	return disk, d.replace(ownfile.State, stateName, data)
}

// readState reads the state file; one that cannot be used is an empty state, and
// the error says why.
func (d *Dir) readState() (State, sections, error) {
	state, secs, err := d.readStateFile()
	if err != nil {
		state, secs = State{}, make(sections)
	}
	state.initMaps()
	return state, secs, err
}

// logIgnored logs the error of readState. d.mu must not be held: logging may block.
func (d *Dir) logIgnored(err error) {
	if err != nil {
		d.log.Warn("state file ignored, starting without it", "path", d.file(stateName), "error", err)
	}
}

func (d *Dir) readStateFile() (State, sections, error) {
	data, err := d.read(ownfile.State, stateName)
	if errors.Is(err, fs.ErrNotExist) {
		return State{}, make(sections), nil
	}
	if err != nil {
		return State{}, nil, err
	}
	secs, err := parseFile(stateName, data)
	if err != nil {
		return State{}, nil, err
	}
	state, err := decodeState(secs)
	return state, secs, err
}

// mergeState brings the changes from base to next into disk. Maps merge entry
// by entry, lists as a whole.
func mergeState(disk *State, base, next State) {
	if !reflect.DeepEqual(base.Options, next.Options) || !base.OptionsExpire.Equal(next.OptionsExpire) {
		disk.Options, disk.OptionsExpire = next.Options, next.OptionsExpire
	}
	if !reflect.DeepEqual(base.CDNKeys, next.CDNKeys) {
		disk.CDNKeys = next.CDNKeys
	}
	if base.Queues != next.Queues {
		disk.Queues = next.Queues
	}
	mergeMap(disk.Peers, base.Peers, next.Peers)
	mergeMap(disk.Documents, base.Documents, next.Documents)
	mergeMap(disk.Files, base.Files, next.Files)
	mergeMap(disk.Endpoints, base.Endpoints, next.Endpoints)
	mergeMap(disk.DCs, base.DCs, next.DCs)
}

func mergeMap[K, V comparable](disk, base, next map[K]V) {
	for k := range base {
		if _, ok := next[k]; !ok {
			delete(disk, k)
		}
	}
	for k, v := range next {
		if old, ok := base[k]; !ok || old != v {
			disk[k] = v
		}
	}
}

// stateSections pairs each section of the state file with its field.
func stateSections(s *State) map[string]any {
	return map[string]any{
		"options":        &s.Options,
		"options_expire": &s.OptionsExpire,
		"cdn_keys":       &s.CDNKeys,
		"peers":          &s.Peers,
		"documents":      &s.Documents,
		"files":          &s.Files,
		"endpoints":      &s.Endpoints,
		"dcs":            &s.DCs,
		"queues":         &s.Queues,
	}
}

func decodeState(secs sections) (State, error) {
	var s State
	for name, field := range stateSections(&s) {
		if err := secs.get(name, field); err != nil {
			return State{}, err
		}
	}
	return s, nil
}

func encodeState(s State, secs sections) error {
	for name, field := range stateSections(&s) {
		if err := secs.set(name, field); err != nil {
			return err
		}
	}
	return nil
}

package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/internal/gauge"
	"github.com/tgfetch/tgfetch/bench/internal/ladder"
	"github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/cdn"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

const (
	// maxLooked bounds the messages of Saved Messages that are looked at.
	maxLooked = 1000
	// leastFile is the least size of a file that is of use, the largest part: with
	// one that is smaller it is round trips that are measured.
	leastFile = ladder.MaxPart
	// filesPerDC is how many files of one data center are read, the largest.
	filesPerDC = 4
	// hashCalls is how many times a file's data center is asked for hashes, spread
	// over the file.
	hashCalls = 8
	// moves bounds how often a file may be said to be elsewhere.
	moves = 4
)

// survey finds the ways to data centers and the files to read on each.
func (m *measurement) survey(ctx context.Context) error {
	options, err := m.client.Pool().Options(ctx)
	if err != nil {
		return err
	}
	m.report.Home = m.client.Pool().Home()
	m.addWays(options)
	files, err := m.candidates(ctx)
	if err != nil {
		return err
	}
	for _, dc := range slices.Sorted(maps.Keys(files)) {
		list := files[dc]
		slices.SortFunc(list, func(a, b fetcher.File) int { return cmp.Compare(b.Size, a.Size) })
		for _, f := range list[:min(len(list), filesPerDC)] {
			if err := m.place(ctx, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// addWays makes a way of each kind of address of each data center.
func (m *measurement) addWays(options []session.DCOption) {
	for _, o := range options {
		if o.IPv6 != m.opts.Client.IPv6 {
			continue
		}
		w := m.way(o.ID, kindOf(o))
		if w == nil {
			w = &way{watch: m.opts.Watch, found: report.DC{DC: o.ID, Kind: kindOf(o)}}
			w.found.Home = o.ID == m.report.Home && w.found.Kind != report.CDN
			m.ways = append(m.ways, w)
		}
		addr := net.JoinHostPort(o.IP, strconv.Itoa(o.Port))
		if !slices.Contains(w.found.Addresses, addr) {
			w.found.Addresses = append(w.found.Addresses, addr)
			w.options = append(w.options, o)
		}
	}
	slices.SortStableFunc(m.ways, func(a, b *way) int {
		return cmp.Or(cmp.Compare(btoi(a.found.Kind == report.CDN), btoi(b.found.Kind == report.CDN)),
			cmp.Compare(a.found.DC, b.found.DC), strings.Compare(a.found.Kind, b.found.Kind))
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (m *measurement) way(dc int, kind string) *way {
	i := slices.IndexFunc(m.ways, func(w *way) bool { return w.found.DC == dc && w.found.Kind == kind })
	if i < 0 {
		return nil
	}
	return m.ways[i]
}

// candidates are the files that may be read, by the data center their messages
// name.
func (m *measurement) candidates(ctx context.Context) (map[int][]fetcher.File, error) {
	links := m.opts.Links
	if len(links) == 0 {
		links = []fetcher.Link{{Username: "me"}}
	}
	files := map[int][]fetcher.File{}
	m.small = map[int]int64{}
	looked := 0
	for file, err := range m.client.ResolveAll(ctx, slices.Values(links), fetcher.ResolveOptions{}) {
		if looked++; looked > maxLooked && len(m.opts.Links) == 0 {
			break
		}
		switch {
		case errors.Is(err, fetcher.ErrNoMedia), isSkip(err):
			m.skipped = cmp.Or(m.skipped, err)
		case err != nil && len(m.opts.Links) == 0 && errors.Is(err, fetcher.ErrNotFound):
		case err != nil:
			return nil, err
		case file.Size >= leastFile:
			files[file.DC] = append(files[file.DC], file)
		default:
			m.small[file.DC] = max(m.small[file.DC], file.Size)
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return files, nil
}

func isSkip(err error) bool {
	_, skipped := errors.AsType[*fetcher.SkipError](err)
	return skipped
}

// place finds out which data center serves a file, and whether a CDN does too, and
// gives it to the ways there. What goes wrong with one data center is noted there.
func (m *measurement) place(ctx context.Context, f fetcher.File) error {
	dc, redirect, err := m.probe(ctx, f)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		for _, kind := range []string{report.Main, report.Media} {
			if w := m.way(dc, kind); w != nil && len(w.files) == 0 {
				m.refuse(w, err)
			}
		}
		return nil
	}
	plain := m.newFile(f)
	m.hashes(ctx, plain, func(at int64) (bin.Encoder, dcpool.Target) {
		location, _ := plain.Location()
		return &tg.UploadGetFileHashesRequest{Location: location, Offset: at}, dcpool.Target{DC: dc, Kind: dcpool.Media, NoFloodWait: true}
	})
	for _, kind := range []string{report.Main, report.Media} {
		if w := m.way(dc, kind); w != nil {
			w.files, w.found.Note = append(w.files, plain), ""
		}
	}
	if redirect == nil {
		return nil
	}
	return m.placeOnCDN(ctx, f, dc, redirect)
}

// probe asks for the beginning of a file where its message says that it is, and
// follows it when it has moved.
func (m *measurement) probe(ctx context.Context, f fetcher.File) (dc int, redirect *tg.UploadFileCDNRedirect, err error) {
	const little = 4 << 10
	dc = f.DC
	for range moves {
		answer := filedata.FileAnswer{Dst: make([]byte, little)}
		err = m.doer.Do(ctx, dcpool.Target{DC: dc, Kind: dcpool.Media, Bytes: little, NoFloodWait: true},
			&tg.UploadGetFileRequest{Location: f.Location, Limit: little, CDNSupported: true}, &answer)
		if next, moved := dcpool.FileMigrated(err); moved {
			dc = next
			continue
		}
		return dc, answer.Redirect, err
	}
	return f.DC, nil, fmt.Errorf("its data centers send a file from one to the other: %w", err)
}

// newFile is a file to read that can be found again.
func (m *measurement) newFile(f fetcher.File) *gauge.File {
	file := gauge.NewFile(f.Location, f.Size)
	file.Refresh = func(ctx context.Context) (tg.InputFileLocationClass, error) {
		for again, err := range m.client.Resolve(ctx, f.Source.Item()) {
			if err == nil && again.Key() == f.Key() {
				return again.Location, nil
			}
		}
		return nil, fmt.Errorf("%s is not where it was any more", f.Name)
	}
	return file
}

// hashes asks for some of a file's hashes. What it does not get is not compared.
func (m *measurement) hashes(ctx context.Context, f *gauge.File, ask func(at int64) (bin.Encoder, dcpool.Target)) {
	const window = 128 << 10
	for i := range int64(hashCalls) {
		at := f.Size / hashCalls * i / window * window
		if i > 0 && at == f.Size/hashCalls*(i-1)/window*window {
			continue
		}
		var answer tg.FileHashVector
		request, target := ask(at)
		if err := m.doer.Do(ctx, target, request, &answer); err != nil || len(answer.Elems) == 0 {
			return
		}
		if err := f.AddHashes(answer.Elems); err != nil {
			return
		}
	}
}

// placeOnCDN gives a file to the CDN that its data center sent to.
func (m *measurement) placeOnCDN(ctx context.Context, f fetcher.File, origin int, redirect *tg.UploadFileCDNRedirect) error {
	w := m.way(redirect.DCID, report.CDN)
	if w == nil {
		return nil // It has no address here.
	}
	parsed, err := cdn.Parse(redirect)
	if err != nil {
		m.refuse(w, err)
		return nil
	}
	w.found.Origin = origin
	file := m.newFile(f)
	file.CDN = parsed
	_ = file.AddHashes(redirect.FileHashes) // Those that make no sense are not compared with.
	m.hashes(ctx, file, func(at int64) (bin.Encoder, dcpool.Target) {
		return &tg.UploadGetCDNFileHashesRequest{FileToken: parsed.Token, Offset: at}, dcpool.Target{DC: origin, Kind: dcpool.Media, NoFloodWait: true}
	})
	if err := m.filled(ctx, w, origin, parsed); err != nil {
		m.refuse(w, err)
		return context.Cause(ctx)
	}
	w.files = append(w.files, file)
	return nil
}

// filled makes sure that the CDN has the file.
//
// https://core.telegram.org/cdn#getting-files-from-a-cdn
func (m *measurement) filled(ctx context.Context, w *way, origin int, redirect *cdn.Redirect) error {
	const little = 4 << 10
	target := w.target()
	target.Bytes = little
	for range moves {
		answer := filedata.CDNFileAnswer{Dst: make([]byte, little)}
		err := m.doer.Do(ctx, target, &tg.UploadGetCDNFileRequest{FileToken: redirect.Token, Limit: little}, &answer)
		if err != nil || answer.ReuploadNeeded == nil {
			return err
		}
		request := &tg.UploadReuploadCDNFileRequest{FileToken: redirect.Token, RequestToken: answer.ReuploadNeeded.RequestToken}
		if err := m.doer.Do(ctx, dcpool.Target{DC: origin, Kind: dcpool.Media}, request, &tg.FileHashVector{}); err != nil {
			return err
		}
	}
	return errors.New("the CDN wants the file again and again")
}

// refusal is what a way's Note says about an error.
func refusal(err error) string {
	if flood, ok := errors.AsType[*dcpool.FloodError](err); ok {
		return fmt.Sprintf("Telegram asks to wait %v before the first byte; try again then", flood.Wait.Round(time.Second))
	}
	return "it refuses: " + err.Error()
}

package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cdn"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
	"github.com/tgfetch/tgfetch/fetcher"
)

const (
	// probes is how many files are tried for a redirect.
	probes = 16
	// cdnPatience is how long a CDN may take to answer.
	cdnPatience = 20 * time.Second
)

// cdn looks for a file that a CDN holds, and reads its beginning there.
func (a *asker) cdn(ctx context.Context) error {
	if len(a.files.documents) == 0 {
		return noCDN
	}
	f, answer, err := a.redirected(ctx)
	if err != nil {
		return err
	}
	a.saw(redirect, judgeRedirect(answer))
	parsed, err := cdn.Parse(answer)
	if err != nil {
		a.saw(cdnReach, finding{"the redirect makes no sense", false})
		return nil
	}
	seen, err := a.readCDN(ctx, f, parsed, answer.FileHashes)
	if err == nil {
		a.saw(cdnReach, seen)
	}
	return err
}

// redirected returns the first file whose data center sends to a CDN, and how.
func (a *asker) redirected(ctx context.Context) (*fetcher.File, *tg.UploadFileCDNRedirect, error) {
	const little = 4 << 10
	var last error = noCDN
	list := a.files.documents
	for i := range list[:min(len(list), probes)] {
		f := &list[i]
		answer := filedata.FileAnswer{Dst: make([]byte, little)}
		err := a.ofFile(ctx, f, &tg.UploadGetFileRequest{Location: f.Location, Limit: little, CDNSupported: true}, &answer, little)
		switch {
		case err == nil && answer.Redirect != nil:
			return f, answer.Redirect, nil
		case ctx.Err() != nil:
			return nil, nil, context.Cause(ctx)
		case err != nil:
			last = err
		}
	}
	return nil, nil, last
}

// readCDN reads the first window of a file from its CDN and compares it with its
// hash.
func (a *asker) readCDN(ctx context.Context, f *fetcher.File, r *cdn.Redirect, known []tg.FileHash) (finding, error) {
	first, err := a.firstWindow(ctx, f, r, known)
	if err != nil {
		return finding{}, err
	}
	patient, stop := context.WithTimeout(ctx, cdnPatience)
	defer stop()
	began := time.Now()
	data, err := a.firstOfCDN(patient, f, r)
	took := time.Since(began)
	_, away := errors.AsType[*dcpool.UnreachableError](err)
	switch {
	case ctx.Err() != nil:
		return finding{}, context.Cause(ctx)
	case away, errors.Is(err, dcpool.ErrNoCDN), errors.Is(err, context.DeadlineExceeded):
		return finding{"it cannot be reached", false}, nil
	case err != nil:
		return finding{}, err
	case len(data) < first.Limit || !first.Matches(data[:first.Limit]):
		return finding{"its bytes do not match their hash", false}, nil
	}
	return finding{fmt.Sprintf("it answered within %s, and the bytes match", seconds(took)), true}, nil
}

// firstWindow is the hash of the file's beginning, which its data center knows if it
// did not come with the redirect.
func (a *asker) firstWindow(ctx context.Context, f *fetcher.File, r *cdn.Redirect, known []tg.FileHash) (cdn.Window, error) {
	var windows cdn.Windows
	if err := windows.Add(known, f.Size); err != nil || len(windows.Over(0, 1)) == 0 {
		var answer tg.FileHashVector
		if err := a.ofFile(ctx, f, &tg.UploadGetCDNFileHashesRequest{FileToken: r.Token}, &answer, 0); err != nil {
			return cdn.Window{}, err
		}
		windows = cdn.Windows{}
		if err := windows.Add(answer.Elems, f.Size); err != nil {
			return cdn.Window{}, cannot("the hashes for the CDN make no sense")
		}
	}
	if over := windows.Over(0, 1); len(over) > 0 && over[0].Offset == 0 {
		return over[0], nil
	}
	return cdn.Window{}, cannot("the server states no hash of what the CDN holds")
}

// firstOfCDN reads the beginning of a file from its CDN, which may want it from its
// data center first.
//
// https://core.telegram.org/cdn#getting-files-from-a-cdn
func (a *asker) firstOfCDN(ctx context.Context, f *fetcher.File, r *cdn.Redirect) ([]byte, error) {
	for range moves {
		answer := filedata.CDNFileAnswer{Dst: make([]byte, window)}
		t := dcpool.Target{DC: r.DC, Kind: dcpool.CDN, Bytes: window}
		if err := a.do(ctx, t, &tg.UploadGetCDNFileRequest{FileToken: r.Token, Limit: window}, &answer); err != nil {
			return nil, err
		}
		if answer.ReuploadNeeded == nil {
			data := answer.Dst[:answer.N]
			return data, r.Decrypt(data, 0)
		}
		request := &tg.UploadReuploadCDNFileRequest{FileToken: r.Token, RequestToken: answer.ReuploadNeeded.RequestToken}
		if err := a.ofFile(ctx, f, request, &tg.FileHashVector{}, 0); err != nil {
			return nil, err
		}
	}
	return nil, cannot("the CDN wants the file again and again")
}

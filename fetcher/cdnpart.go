package fetcher

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"golang.org/x/sync/errgroup"

	"github.com/tgfetch/tgfetch/cdn"
	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

var (
	// errNoHashes means that the file's data center publishes no hashes for a
	// range, so that nothing a CDN sends for it can be believed.
	errNoHashes = errors.New("no hashes for what the CDN sends")
	// errReuploaded means that the CDN was given the file and may be asked again.
	errReuploaded = errors.New("the CDN was given the file again")
)

// redirected takes in a redirect that was answered under v.
func (r *remote) redirected(v view, redirect *tg.UploadFileCDNRedirect) {
	r.change(func(s cdn.State) cdn.State {
		if v.dc != r.view.dc {
			return s // Another data center's redirect.
		}
		s = s.Redirected(redirect)
		now := s.Redirect()
		if now == nil {
			return s
		}
		if err := r.windows.Add(redirect.FileHashes, r.file.Size); err != nil {
			return s.Unavailable(now.Revision, err)
		}
		return s
	})
}

// readCDN reads dst from a CDN. Every byte it returns has passed its hash.
func (r *remote) readCDN(ctx context.Context, v view, redirect *cdn.Redirect, offset int64, dst *space) (int, error) {
	end := offset + int64(dst.size)
	var over []cdn.Window
	var conn dcpool.ConnID
	// Hashes that are not here yet come while the bytes do.
	g, both := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		over, err = r.needWindows(both, v, redirect, offset, end)
		return err
	})
	g.Go(func() (err error) {
		conn, err = r.getCDN(both, v, redirect, offset, dst, v.avoid())
		return err
	})
	if err := g.Wait(); err != nil {
		return 0, err
	}
	if over[0].Offset < offset || over[len(over)-1].End() > end {
		r.refetched.Add(int64(dst.size))
		return r.readAround(ctx, v, over, offset, dst)
	}
	wrong := cdn.Check(dst.bytes(), offset, over)
	r.watch.proved(len(wrong) == 0)
	for _, bad := range wrong {
		if err := r.mend(ctx, v, redirect, bad, dst.bytes()[bad.Offset-offset:][:bad.Limit], conn); err != nil {
			return dst.size, err
		}
	}
	dst.prove(offset, end)
	if len(wrong) < len(over) {
		r.cdnServed(redirect)
	}
	return dst.size, nil
}

// mend replaces the bytes of one window that failed its hash: from another
// connection to the CDN, then from the file's own data center.
//
// https://core.telegram.org/cdn#verifying-files
func (r *remote) mend(ctx context.Context, v view, redirect *cdn.Redirect, bad cdn.Window, dst []byte, conn dcpool.ConnID) error {
	r.c.log.Warn("a CDN sent wrong bytes", "file", r.file.Name, "offset", bad.Offset, "cdn", redirect.DC)
	r.refetched.Add(int64(bad.Limit))
	if _, err := r.getCDN(ctx, v, redirect, bad.Offset, ownSpace(dst), conn); err == nil {
		if bad.Matches(dst) {
			return nil
		}
		r.refetched.Add(int64(bad.Limit))
	} else if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	r.change(func(s cdn.State) cdn.State { return s.Mismatch(redirect.Revision) })
	return r.mendHere(ctx, v, bad, dst)
}

// getCDN asks a CDN for dst and decrypts it in place. It returns the
// connection that answered last. Its errors are those of aboutCDN.
func (r *remote) getCDN(ctx context.Context, v view, redirect *cdn.Redirect, offset int64, dst *space, avoid dcpool.ConnID) (dcpool.ConnID, error) {
	var conn usedConn
	_, err := r.fill(offset, dst, func(at int64, room func() []byte, limit, want int) (int, error) {
		answer := filedata.CDNFileAnswer{Room: room}
		target := dcpool.Target{
			DC: redirect.DC, Kind: dcpool.CDN, Bytes: want, Avoid: avoid, OnConn: v.noted(&conn), First: v.first(),
			NoFloodWait: true, // A CDN has no right to long waits.
		}
		request := &tg.UploadGetCDNFileRequest{FileToken: redirect.Token, Offset: at, Limit: limit}
		err := r.watched(ctx, redirect.Revision, want, func(ctx context.Context, given func()) (brought bool, err error) {
			target.OnConn = alsoTell(target.OnConn, given)
			err = r.c.do(ctx, target, request, &answer)
			return err == nil && answer.ReuploadNeeded == nil, err
		})
		if err != nil {
			return 0, asked(limit, err)
		}
		if answer.ReuploadNeeded != nil {
			return 0, r.reupload(ctx, v, redirect, answer.ReuploadNeeded.RequestToken)
		}
		r.brought(conn.id())
		return answer.N, nil
	})
	if err != nil {
		return 0, r.aboutCDN(v, redirect, err)
	}
	if err := redirect.Decrypt(dst.bytes(), offset); err != nil {
		return 0, r.aboutCDN(v, redirect, err)
	}
	return conn.id(), nil
}

// reupload has the file's data center give the CDN the file again, once for
// all who asked under the same view. It returns errReuploaded if that was done.
func (r *remote) reupload(ctx context.Context, v view, redirect *cdn.Redirect, token []byte) error {
	for r.now().cdn.Reuploads() == v.cdn.Reuploads() {
		called, err := r.turns.once(ctx, turnReupload, func() error {
			if r.now().cdn.Reuploads() != v.cdn.Reuploads() {
				return nil
			}
			return r.askReupload(ctx, v, redirect, token)
		})
		if err != nil {
			return err
		}
		if called {
			break
		}
	}
	return errReuploaded
}

// askReupload: https://core.telegram.org/method/upload.reuploadCdnFile
func (r *remote) askReupload(ctx context.Context, v view, redirect *cdn.Redirect, token []byte) error {
	// Counted when it is over: who saw the count before asks again after it.
	defer r.change(func(s cdn.State) cdn.State { return s.Reupload(redirect.Revision) })
	var hashes tg.FileHashVector
	request := &tg.UploadReuploadCDNFileRequest{FileToken: redirect.Token, RequestToken: token}
	if err := r.ask(ctx, v, request, &hashes); err != nil {
		return err
	}
	return r.learn(hashes.Elems)
}

// needWindows returns the windows over [from, to) without a gap. Those that
// the redirect did not bring are asked for block by block, each block once for
// all its parts.
func (r *remote) needWindows(ctx context.Context, v view, redirect *cdn.Redirect, from, to int64) ([]cdn.Window, error) {
	block := from - from%chunker.Block
	for last := int64(-1); ; {
		over, at, missing := r.windowsOver(block, from, to)
		if !missing {
			return over, nil
		}
		if at == last {
			return nil, &cdnError{redirect.Revision, fmt.Errorf("%w at %d", errNoHashes, at)}
		}
		asked, err := r.turns.once(ctx, block, func() error { return r.askWindows(ctx, v, redirect, at) })
		if err != nil {
			return nil, r.aboutCDN(v, redirect, err)
		}
		if asked {
			last = at
		}
	}
}

// askWindows learns windows from offset at on, from the cache or from the
// file's data center.
//
// https://core.telegram.org/method/upload.getCdnFileHashes
func (r *remote) askWindows(ctx context.Context, v view, redirect *cdn.Redirect, at int64) error {
	if cached, ok := r.cachedWindow(at); ok && r.learn(cached) == nil {
		return nil
	}
	var hashes tg.FileHashVector
	request := &tg.UploadGetCDNFileHashesRequest{FileToken: redirect.Token, Offset: at}
	if err := r.ask(ctx, v, request, &hashes); err != nil {
		return err
	}
	if err := r.learn(hashes.Elems); err != nil {
		return err
	}
	r.cacheWindows(hashes.Elems)
	return nil
}

// windowsOver returns the windows over [from, to), and the first offset
// without one if there is a gap in it: from the start of the block, so that one
// answer serves the parts before, too.
func (r *remote) windowsOver(block, from, to int64) (over []cdn.Window, at int64, missing bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at, missing = r.windows.Missing(from, to); missing {
		at, _ = r.windows.Missing(block, to)
	}
	return r.windows.Over(from, to), at, missing
}

func (r *remote) learn(hashes []tg.FileHash) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.windows.Add(hashes, r.file.Size)
}

// ask calls a method about the file on its own data center.
func (r *remote) ask(ctx context.Context, v view, in bin.Encoder, out bin.Decoder) error {
	target := dcpool.Target{DC: v.dc, Kind: dcpool.Media, NoFloodWait: v.waitsForFloods(r.c)}
	return r.c.do(ctx, target, in, out)
}

func (r *remote) cdnServed(redirect *cdn.Redirect) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.view.cdn = r.view.cdn.Served(redirect.Revision)
	if !slices.Contains(r.cdns, redirect.DC) {
		r.cdns = append(r.cdns, redirect.DC)
	}
}

// aboutCDN marks an error of the way over a CDN, unless it is news of the file
// itself or a flood that the transfer waits for.
func (r *remote) aboutCDN(v view, redirect *cdn.Redirect, err error) error {
	if v.waitsForFloods(r.c) && isA[*dcpool.FloodError](err) {
		return err
	}
	switch classify(err).kind {
	case faultMoved, faultReference:
		return err
	default:
		return &cdnError{redirect.Revision, err}
	}
}

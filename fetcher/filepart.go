package fetcher

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/cdn"
	"github.com/tgfetch/tgfetch/chunker"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

// readFile reads dst from the file's own data center. Asked with redirects, the
// answer may be a *redirectError.
func (r *remote) readFile(ctx context.Context, v view, offset int64, dst *space, redirects bool) (int, error) {
	return r.fill(offset, dst, func(at int64, room func() []byte, limit, want int) (int, error) {
		answer := filedata.FileAnswer{Room: room}
		request := &tg.UploadGetFileRequest{
			CDNSupported: redirects,
			Location:     v.location,
			Offset:       at,
			Limit:        limit,
		}
		var conn usedConn
		target := dcpool.Target{
			DC: v.dc, Kind: dcpool.Media, Bytes: want, Avoid: v.avoid(), OnConn: v.noted(&conn),
			First:       v.first(),
			NoFloodWait: v.waitsForFloods(r.c),
		}
		err := r.c.do(ctx, target, request, &answer)
		if at > 0 && tgerr.Is(err, "OFFSET_INVALID") {
			return 0, nil // The file ends before.
		}
		if err != nil {
			return 0, asked(limit, err)
		}
		if answer.Redirect != nil {
			return 0, &redirectError{answer.Redirect}
		}
		r.brought(conn.id())
		return answer.N, nil
	})
}

// readPlain is readFile, but what hashes are known of must match them: those that
// came with a redirect hold when the CDN is gone, too.
func (r *remote) readPlain(ctx context.Context, v view, offset int64, dst *space, redirects bool) (int, error) {
	n, err := r.readFile(ctx, v, offset, dst, redirects)
	if err != nil || n < dst.size {
		return n, err
	}
	for _, w := range r.windowsInside(offset, offset+int64(n)) {
		if data := dst.bytes()[w.Offset-offset:][:w.Limit]; !w.Matches(data) {
			r.c.log.Warn("bytes that do not match their hash are fetched again", "file", r.file.Name, "offset", w.Offset, "bytes", w.Limit)
			r.refetched.Add(int64(w.Limit))
			if err := r.mendHere(ctx, v, w, data); err != nil {
				return n, err
			}
		}
		dst.prove(w.Offset, w.End())
	}
	return n, nil
}

// windowsInside returns the known windows that lie in [from, to).
func (r *remote) windowsInside(from, to int64) []cdn.Window {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(r.windows.Over(from, to), func(w cdn.Window) bool { return w.Offset < from || w.End() > to })
}

// mendHere replaces the bytes of one window that failed its hash, from the
// file's own data center.
func (r *remote) mendHere(ctx context.Context, v view, bad cdn.Window, dst []byte) error {
	for range 2 {
		if _, err := r.readFile(ctx, v, bad.Offset, ownSpace(dst), false); err != nil {
			return err
		}
		if bad.Matches(dst) {
			return nil
		}
		r.refetched.Add(int64(bad.Limit))
	}
	return r.contradicts(bad)
}

// usedConn is the connection that a call was given to last.
type usedConn struct{ last atomic.Uint64 }

func (u *usedConn) set(id dcpool.ConnID) { u.last.Store(uint64(id)) }

func (u *usedConn) id() dcpool.ConnID { return dcpool.ConnID(u.last.Load()) }

// alsoTell is onConn, and calls given before.
func alsoTell(onConn func(dcpool.ConnID), given func()) func(dcpool.ConnID) {
	return func(id dcpool.ConnID) {
		given()
		onConn(id)
	}
}

// fill reads dst piece by piece, each as large as the rules and the servers
// allow. It is one piece but for servers that refuse large ones. ask is told the
// limit to ask for, and how many bytes a right answer has.
func (r *remote) fill(offset int64, dst *space, ask func(at int64, room func() []byte, limit, want int) (int, error)) (n int, err error) {
	end := offset + int64(dst.size)
	for n < dst.size {
		limit, want := chunker.Piece(offset+int64(n), end, r.file.Size, int(r.most.Load()))
		got, err := ask(offset+int64(n), func() []byte { return dst.bytes()[n : n+want] }, limit, want)
		if err != nil {
			return n, err
		}
		n += got
		switch {
		case got == want:
		case got < want && r.file.Size == UnknownSize:
			return n, nil
		default:
			return n, &lengthError{got: got, want: want}
		}
	}
	return n, nil
}

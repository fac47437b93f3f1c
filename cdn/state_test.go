package cdn_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/cdn"
)

var errGone = errors.New("nobody answers")

func TestState(t *testing.T) {
	first := cdn.State{}.Redirected(redirect("a"))
	for _, tt := range []struct {
		name     string
		state    cdn.State
		revision int // 0: the file's data center
		off      error
	}{
		{"start", cdn.State{}, 0, nil},
		{"redirected", first, 1, nil},
		{"the same redirect again", first.Redirected(redirect("a")), 1, nil},
		{"another token", first.Redirected(redirect("b")), 2, nil},
		{"token invalid", first.TokenInvalid(1), 0, nil},
		{"token invalid, then the same token", first.TokenInvalid(1).Redirected(redirect("a")), 2, nil},
		{"late news of an old token", first.Redirected(redirect("b")).TokenInvalid(1), 2, nil},
		{"late loss of an old CDN", first.Redirected(redirect("b")).Unavailable(1, errGone), 2, nil},
		{"late re-upload of an old token", repeat(first.Redirected(redirect("b")), 100, func(s cdn.State) cdn.State { return s.Reupload(1) }), 2, nil},
		{"gone", first.Unavailable(1, errGone), 0, errGone},
		{"gone, then redirected", first.Unavailable(1, errGone).Redirected(redirect("b")), 0, errGone},
		{"a few re-uploads", repeat(first, 8, func(s cdn.State) cdn.State { return s.Reupload(1) }), 1, nil},
		{"re-uploads for ever", repeat(first, 9, func(s cdn.State) cdn.State { return s.Reupload(1) }), 0, cdn.ErrTooMany},
		{"re-uploads with bytes between", repeat(first, 30, func(s cdn.State) cdn.State { return s.Reupload(1).Served(1) }), 1, nil},
		{"one bad window", first.Mismatch(1), 1, nil},
		{"bad windows for ever", repeat(first, 16, func(s cdn.State) cdn.State { return s.Mismatch(1) }), 0, cdn.ErrMismatch},
		{"one late part", first.Late(1, cdn.ErrSlow), 1, nil},
		{"late parts of an old redirect", repeat(first.Redirected(redirect("b")), 9, func(s cdn.State) cdn.State { return s.Late(1, cdn.ErrSlow) }), 2, nil},
		{"two late parts", repeat(first, 2, func(s cdn.State) cdn.State { return s.Late(1, cdn.ErrSlow) }), 0, cdn.ErrSlow},
		{"late parts of two redirects", first.Late(1, cdn.ErrSlow).Redirected(redirect("b")).Late(2, cdn.ErrSlow), 0, cdn.ErrSlow},
		{"nonsense", cdn.State{}.Redirected(badRedirect()), 0, cdn.ErrRedirect},
		{"moved", first.Moved(), 0, nil},
		{"moved and redirected", first.Moved().Redirected(redirect("a")), 2, nil},
		{"redirects for ever", manyRedirects(9), 0, cdn.ErrTooMany},
	} {
		t.Run(tt.name, func(t *testing.T) {
			revision := 0
			if r := tt.state.Redirect(); r != nil {
				revision = r.Revision
			}
			if revision != tt.revision {
				t.Errorf("revision %d, want %d", revision, tt.revision)
			}
			if !errors.Is(tt.state.Reason(), tt.off) || tt.state.Allowed() != (tt.off == nil) {
				t.Errorf("ruled out for %v (allowed %v), want %v", tt.state.Reason(), tt.state.Allowed(), tt.off)
			}
		})
	}
}

func repeat(s cdn.State, n int, f func(cdn.State) cdn.State) cdn.State {
	for range n {
		s = f(s)
	}
	return s
}

func manyRedirects(n int) (s cdn.State) {
	for i := range n {
		s = s.Redirected(redirect(fmt.Sprint("token ", i)))
	}
	return s
}

func badRedirect() *tg.UploadFileCDNRedirect {
	r := redirect("a")
	r.EncryptionKey = nil
	return r
}

package dcpool

import (
	"testing"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool/filedata"
	"github.com/tgfetch/tgfetch/session"
)

// redirect asks for a file that the CDN has.
func (s *sim) redirect(p *Pool) *tg.UploadFileCDNRedirect {
	s.t.Helper()
	doc := s.document(p, simOnCDN)
	request := part(doc, 0, mib)
	request.CDNSupported = true
	answer := filedata.FileAnswer{Dst: make([]byte, mib)}
	if err := p.Do(s.t.Context(), Target{DC: doc.DCID, Kind: Media}, request, &answer); err != nil || answer.Redirect == nil {
		s.t.Fatalf("no redirect to the CDN: %v", err)
	}
	return answer.Redirect
}

func (s *sim) readCDN(p *Pool, r *tg.UploadFileCDNRedirect) error {
	answer := filedata.CDNFileAnswer{Dst: make([]byte, mib)}
	request := &tg.UploadGetCDNFileRequest{FileToken: r.FileToken, Limit: mib}
	return p.Do(s.t.Context(), Target{DC: r.DCID, Kind: CDN, Bytes: mib}, request, &answer)
}

func TestCDNHasOwnKeysAndNoLogin(t *testing.T) {
	s := startSim(t, nil)
	store := s.loggedIn()
	p := s.pool(store, nil)
	r := s.redirect(p)
	if err := inParallel(20, func(int) error { return s.readCDN(p, r) }); err != nil {
		t.Fatal(err)
	}
	dc := s.Log().DC(simCDN)
	if dc.Handshakes != 1 || dc.Imports != 0 {
		t.Errorf("%d key exchanges, %d imports", dc.Handshakes, dc.Imports)
	}
	for _, c := range s.Log().Conns() {
		if c.DC == simCDN && c.Device != "n/a" {
			t.Errorf("the CDN was told the device %q", c.Device)
		}
	}
	keys, err := store.Keys()
	if err != nil || keys.CDN[simCDN].AuthKey.Zero() || !keys.DCs[simCDN].AuthKey.Zero() {
		t.Errorf("CDN key is not where it belongs: %v", err)
	}
	closePool(t, p)
	s.Log().Reset()
	p = s.pool(store, nil)
	if err := s.readCDN(p, r); err != nil {
		t.Fatal(err)
	}
	if n := s.Log().DC(simCDN).Handshakes; n != 0 {
		t.Errorf("second start made %d CDN keys", n)
	}
}

func TestRotatedCDNKeyIsFetchedAgain(t *testing.T) {
	s := startSim(t, nil)
	store := s.loggedIn()
	p := s.pool(store, nil)
	r := s.redirect(p)
	if err := s.readCDN(p, r); err != nil {
		t.Fatal(err)
	}
	closePool(t, p)
	if err := s.RotateKey(simCDN); err != nil {
		t.Fatal(err)
	}
	if err := store.UpdateKeys(func(k *session.Keys) error {
		delete(k.CDN, simCDN)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	p = s.pool(store, nil)
	if err := s.readCDN(p, r); err != nil {
		t.Error(err)
	}
	if n := s.Log().DC(simHome).Methods["help.getCdnConfig"]; n != 2 {
		t.Errorf("help.getCdnConfig was asked %d times, want 2", n)
	}
}

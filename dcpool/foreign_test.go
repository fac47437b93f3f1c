package dcpool

import (
	"errors"
	"testing"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc"
	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

const mib = 1 << 20

// wantFile asks for a part of doc at t and checks the bytes.
func (s *sim) wantFile(p *Pool, t Target, doc *tg.Document, file, offset int64, limit int) error {
	answer := filedata.FileAnswer{Dst: make([]byte, limit)}
	t.Bytes = limit
	if err := p.Do(s.t.Context(), t, part(doc, offset, limit), &answer); err != nil {
		return err
	}
	want := make([]byte, limit)
	simdc.Content(file, offset, want)
	if answer.N != limit || string(answer.Dst) != string(want) {
		return errors.New("wrong bytes")
	}
	return nil
}

const simVideoFile = 2001 // The file of message simVideo.

func TestManyCallsToAFreshDCShareOneKeyAndOneImport(t *testing.T) {
	s := startSim(t, knownAtOnce)
	store := s.loggedIn()
	p := s.pool(store, nil)
	doc := s.document(p, simVideo)
	media := Target{DC: simMediaDC, Kind: Media}
	err := inParallel(50, func(i int) error {
		return s.wantFile(p, media, doc, simVideoFile, int64(i)*mib, mib)
	})
	if err != nil {
		t.Fatal(err)
	}
	dc := s.Log().DC(simMediaDC)
	if dc.Handshakes != 1 || dc.Imports != 1 {
		t.Errorf("%d key exchanges, %d imports, want one each", dc.Handshakes, dc.Imports)
	}
	if n := s.Log().DC(simHome).Methods["auth.exportAuthorization"]; n != 1 {
		t.Errorf("%d exports, want 1", n)
	}
	mediaConns := 0
	for _, c := range s.Log().Conns() {
		if c.Methods["upload.getFile"] == 0 {
			continue
		}
		mediaConns++
		if c.Endpoint != "media" || c.HeaderDC != -simMediaDC {
			t.Errorf("file traffic went to endpoint %q with DC id %d in its header", c.Endpoint, c.HeaderDC)
		}
	}
	if mediaConns < 2 || mediaConns > 8 {
		t.Errorf("%d media connections, want 2 to 8", mediaConns)
	}
	closePool(t, p)
	s.Log().Reset()

	p = s.pool(store, nil)
	if err := s.wantFile(p, media, doc, simVideoFile, 0, mib); err != nil {
		t.Fatal(err)
	}
	for _, dc := range s.Log().DCs() {
		if dc.Handshakes+dc.Imports+dc.Methods["auth.exportAuthorization"]+dc.Methods["help.getConfig"] != 0 {
			t.Errorf("second start was not warm: %+v", dc)
		}
	}
}

func TestAnyMethodOnAnyDCInParallel(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	err := inParallel(25, func(i int) error {
		id := i%5 + 1
		var config tg.Config
		if err := p.Do(t.Context(), Target{DC: id}, &tg.HelpGetConfigRequest{}, &config); err != nil {
			return err
		}
		if config.ThisDC != id {
			return errors.New("another DC answered")
		}
		users, err := tg.NewClient(p.Invoker(Target{DC: id})).UsersGetUsers(t.Context(), []tg.InputUserClass{&tg.InputUserSelf{}})
		if err != nil || users[0].GetID() != simUser {
			return errors.Join(err, errors.New("not the account logged in"))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for id := 1; id <= 5; id++ {
		if n := s.Log().DC(id).Handshakes; n > 1 {
			t.Errorf("DC %d: %d key exchanges", id, n)
		}
	}
}

func TestMigrationsOfARequest(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	doc := s.document(p, simMoved)
	const file = 2002
	err := s.wantFile(p, Target{DC: doc.DCID, Kind: Media}, doc, file, 0, mib)
	if rpc, ok := tgerr.AsType(err, "FILE_MIGRATE"); !ok || rpc.Argument != simMediaDC {
		t.Errorf("file read: error %v, want FILE_MIGRATE_%d", err, simMediaDC)
	}
	if err := s.wantFile(p, Target{DC: doc.DCID}, doc, file, 0, mib); err != nil {
		t.Errorf("ordinary call: %v", err)
	}
	s.fault(scenario.Fault{Do: scenario.DoError, DC: simHome, Method: "users.getUsers", Code: 303, Text: "STATS_MIGRATE_3"})
	_, err = tg.NewClient(p.Invoker(Target{})).UsersGetUsers(t.Context(), []tg.InputUserClass{&tg.InputUserSelf{}})
	if err != nil || s.Log().DC(3).Methods["users.getUsers"] != 1 {
		t.Errorf("STATS_MIGRATE was not followed: %v", err)
	}
	if p.Home() != simHome {
		t.Errorf("home moved to DC %d", p.Home())
	}
}

func TestUnknownDC(t *testing.T) {
	s := startSim(t, nil)
	p := s.pool(s.loggedIn(), nil)
	for _, target := range []Target{{DC: 77}, {DC: 77, Kind: Media}, {DC: 5, Kind: CDN}, {DC: -4}} {
		err := p.Do(t.Context(), target, &tg.HelpGetNearestDCRequest{}, new(tg.NearestDC))
		if unknown, ok := errors.AsType[*UnknownDCError](err); !ok || unknown.DC != target.DC {
			t.Errorf("%+v: error %v", target, err)
		}
		if errors.Is(err, ErrNoCDN) != (target.Kind == CDN) {
			t.Errorf("%+v: ErrNoCDN is %v", target, errors.Is(err, ErrNoCDN))
		}
	}
}

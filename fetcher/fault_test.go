package fetcher

import (
	"errors"
	"fmt"
	"testing"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
)

func TestClassify(t *testing.T) {
	onCDN := func(err error) error { return fmt.Errorf("asking: %w", &cdnError{revision: 3, err: err}) }
	for _, tt := range []struct {
		err  error
		want fault
	}{
		{errors.New("x"), fault{}},
		{tgerr.New(303, "FILE_MIGRATE_5"), fault{kind: faultMoved, dc: 5}},
		{tgerr.New(303, "FILE_MIGRATE_0"), fault{}},
		{tgerr.New(400, "FILE_REFERENCE_EXPIRED"), fault{kind: faultReference}},
		{tgerr.New(400, "FILE_REFERENCE_EMPTY"), fault{kind: faultReference}},
		{tgerr.New(400, "FILE_REFERENCE_INVALID"), fault{kind: faultReference}},
		{tgerr.New(400, "FILE_REFERENCE_3_EXPIRED"), fault{kind: faultReference}},
		{tgerr.New(406, "FILEREF_UPGRADE_NEEDED"), fault{kind: faultReference}},
		{asked(1<<20, tgerr.New(400, "LIMIT_INVALID")), fault{kind: faultLimit}},
		{tgerr.New(400, "OFFSET_INVALID"), fault{}},
		{tgerr.New(400, "LOCATION_INVALID"), fault{kind: faultLocation}},
		{tgerr.New(400, "FILE_ID_INVALID"), fault{kind: faultLocation}},
		{asked(1<<20, &filedata.LengthError{Got: 9, Max: 8}), fault{kind: faultLength}},
		{&lengthError{got: 7, want: 8}, fault{kind: faultLength}},
		{&redirectError{&tg.UploadFileCDNRedirect{}}, fault{kind: faultRedirect, redirect: &tg.UploadFileCDNRedirect{}}},
		{&dcpool.FloodError{DC: 4}, fault{}},
		{dcpool.ErrClosed, fault{}},
		{onCDN(tgerr.New(400, "FILE_TOKEN_INVALID")), fault{kind: faultToken, revision: 3}},
		{onCDN(tgerr.New(400, "REQUEST_TOKEN_INVALID")), fault{kind: faultAgain, revision: 3}},
		{onCDN(errReuploaded), fault{kind: faultAgain, revision: 3}},
		{onCDN(tgerr.New(500, "CDN_UPLOAD_TIMEOUT")), fault{kind: faultCDN, revision: 3}},
		{onCDN(&dcpool.UnknownDCError{DC: 203, Kind: dcpool.CDN}), fault{kind: faultCDN, revision: 3}},
		{onCDN(&lengthError{got: 7, want: 8}), fault{kind: faultLength, revision: 3}},
		{onCDN(asked(4096, tgerr.New(400, "LIMIT_INVALID"))), fault{kind: faultLimit, revision: 3}},
		{onCDN(errNoHashes), fault{kind: faultCDN, revision: 3}},
	} {
		got := classify(tt.err)
		if got.kind != tt.want.kind || got.dc != tt.want.dc || got.revision != tt.want.revision || (got.redirect == nil) != (tt.want.redirect == nil) {
			t.Errorf("%v: got %+v, want %+v", tt.err, got, tt.want)
		}
	}
}

func TestFileTrouble(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	for _, tt := range []struct {
		name   string
		faults []scenario.Fault
	}{
		{"references expire for all parts at once", []scenario.Fault{{Do: scenario.DoExpire, Method: "upload.getFile", First: 3, Times: 1}}},
		{"references expire now and then", []scenario.Fault{{Do: scenario.DoExpire, Method: "upload.getFile", First: 7, Every: 50}}},
		// Each of these may hit one range as often as a range bears.
		{"short answers", []scenario.Fault{{Do: scenario.DoShort, Method: "upload.getFile", Bytes: 5, Every: 4, Times: maxLengths}}},
		{"empty answers", []scenario.Fault{{Do: scenario.DoEmpty, Method: "upload.getFile", Every: 4, Times: maxLengths}}},
		{"long answers", []scenario.Fault{{Do: scenario.DoLong, Method: "upload.getFile", Every: 4, Times: maxLengths}}},
		{"duplicate answers", []scenario.Fault{{Do: scenario.DoDuplicate, Method: "upload.getFile", Every: 2}}},
		{"cut connections", []scenario.Fault{{Do: scenario.DoCut, Method: "upload.getFile", Bytes: 70_000, Every: 7, Times: 3}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := file(t, c, simMedium)
			if err := s.SetFaults(tt.faults...); err != nil {
				t.Fatal(err)
			}
			result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			checkContent(t, result.Path, f)
		})
	}
}

func TestOneRefreshServesAllParts(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	f := file(t, c, simMedium)
	s.ExpireReferences()
	before := s.Log().DC(1).Methods["channels.getMessages"]
	result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	checkContent(t, result.Path, f)
	if n := s.Log().DC(1).Methods["channels.getMessages"] - before; n != 1 {
		t.Errorf("the message was fetched %d times", n)
	}
}

// TestRefusedLocations: the message is fetched again, once.
func TestRefusedLocations(t *testing.T) {
	for _, text := range []string{"FILE_ID_INVALID", "LOCATION_INVALID"} {
		for _, times := range []int{1, 0} {
			s := startSim(t, nil)
			c := s.client(nil)
			f := file(t, c, simMedium)
			before := s.messageCalls()
			s.fault(scenario.Fault{Do: scenario.DoError, Code: 400, Text: text, Method: "upload.getFile", Times: times})
			result, err := c.Fetch(t.Context(), f, Target{Dir: t.TempDir()})
			switch {
			case times == 1 && err != nil:
				t.Errorf("%s once: %v", text, err)
			case times == 1:
				checkContent(t, result.Path, f)
			case times == 0 && (!tgerr.Is(err, text) || !errors.Is(err, ErrNotFound)):
				t.Errorf("%s always: %v", text, err)
			}
			if n := s.messageCalls() - before; n != 1 {
				t.Errorf("%s %d times: the message was fetched %d times", text, times, n)
			}
		}
	}
}

func TestFileFails(t *testing.T) {
	s := startSim(t, nil)
	c := s.client(nil)
	for _, tt := range []struct {
		name   string
		faults []scenario.Fault
		is     func(error) bool
	}{
		{
			"data centers at ping-pong",
			[]scenario.Fault{
				{Do: scenario.DoError, Method: "upload.getFile", DC: 5, Code: 303, Text: "FILE_MIGRATE_4"},
				{Do: scenario.DoError, Method: "upload.getFile", DC: 4, Code: 303, Text: "FILE_MIGRATE_5"},
			},
			func(err error) bool {
				e, ok := errors.AsType[*MigrationError](err)
				return ok && len(e.Path) <= 6
			},
		},
		{
			"a reference that is never right",
			[]scenario.Fault{{Do: scenario.DoError, Method: "upload.getFile", Code: 400, Text: "FILE_REFERENCE_EXPIRED"}},
			func(err error) bool { _, ok := errors.AsType[*ReferenceError](err); return ok },
		},
		{
			"a message that is gone",
			[]scenario.Fault{
				{Do: scenario.DoError, Method: "upload.getFile", Code: 400, Text: "FILE_REFERENCE_EXPIRED"},
				{Do: scenario.DoError, Method: "channels.getMessages", Code: 400, Text: "MSG_ID_INVALID"},
			},
			func(err error) bool {
				_, ok := errors.AsType[*ReferenceError](err)
				return ok && errors.Is(err, ErrNotFound)
			},
		},
		{
			"answers short always",
			[]scenario.Fault{{Do: scenario.DoShort, Method: "upload.getFile"}},
			func(err error) bool { return errors.Is(err, ErrShort) },
		},
		{
			"answers empty always",
			[]scenario.Fault{{Do: scenario.DoEmpty, Method: "upload.getFile"}},
			func(err error) bool { return errors.Is(err, ErrShort) },
		},
		{
			"answers long always",
			[]scenario.Fault{{Do: scenario.DoLong, Method: "upload.getFile", Bytes: 100}},
			func(err error) bool { return errors.Is(err, ErrLong) },
		},
		{
			"no limit is right",
			[]scenario.Fault{{Do: scenario.DoError, Method: "upload.getFile", Code: 400, Text: "LIMIT_INVALID"}},
			func(err error) bool { return tgerr.Is(err, "LIMIT_INVALID") },
		},
		{
			"access lost",
			[]scenario.Fault{{Do: scenario.DoError, Method: "upload.getFile", Code: 400, Text: "CHANNEL_PRIVATE"}},
			func(err error) bool { return errors.Is(err, ErrNoAccess) && tgerr.Is(err, "CHANNEL_PRIVATE") },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := file(t, c, simMedium)
			f.DC = 5
			if err := s.SetFaults(tt.faults...); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.SetFaults(); err != nil {
					t.Error(err)
				}
			})
			dir := t.TempDir()
			_, err := c.Fetch(t.Context(), f, Target{Dir: dir})
			if !tt.is(err) {
				t.Fatalf("got %v", err)
			}
			checkDir(t, dir)
		})
	}
}

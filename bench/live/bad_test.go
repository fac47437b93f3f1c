package live

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
)

// links parses links.
func links(t *testing.T, texts ...string) (out []fetcher.Link) {
	t.Helper()
	for _, text := range texts {
		link, err := fetcher.ParseLink(text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, link)
	}
	return out
}

// A report can be shown to anybody.
func TestReportIsNotPersonal(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*scenario.Scenario)
		set  func(*Options)
	}{
		{"all is well", nil, withPFS},
		{"everything is refused", func(s *scenario.Scenario) {
			s.Faults = []scenario.Fault{{Do: scenario.DoError, Code: 400, Text: "LOCATION_INVALID", Method: "upload.getFileHashes"}, {Do: scenario.DoStop, To: 203, Method: "help.getCdnConfig"}}
		}, cheap},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, r := run(t, c.edit, func(o *Options) {
				c.set(o)
				o.Links = links(t, "https://t.me/simfiles/2-30")
			})
			data, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			for what, secret := range s.secrets(t) {
				if found, _ := regexp.Match(`(?i)(^|[^0-9a-z])`+regexp.QuoteMeta(secret)+`($|[^0-9a-z])`, data); found {
					t.Errorf("%s %q is in the report:\n%s", what, secret, data)
				}
			}
		})
	}
}

// secrets are what must not be told, by what it is.
func (s *sim) secrets(t *testing.T) map[string]string {
	t.Helper()
	account := s.scenario.Accounts[0]
	out := map[string]string{
		"name": account.Name, "username": account.Username, "id": strconv.FormatInt(account.ID, 10),
		"phone": strings.TrimPrefix(account.Phone, "+"), "code": account.Code, "api_id": strconv.Itoa(s.scenario.APIID),
		"api_hash": s.scenario.APIHash, "chat": s.scenario.Chats[0].Username, "title": s.scenario.Chats[0].Title,
		"chat's id": strconv.FormatInt(s.scenario.Chats[0].ID, 10),
	}
	for _, f := range s.scenario.Files {
		out[fmt.Sprintf("size of %d", f.ID)] = strconv.FormatInt(int64(f.Size), 10)
		out[fmt.Sprintf("id of %d", f.ID)] = strconv.FormatInt(f.ID, 10)
		if f.Name != "" {
			out[fmt.Sprintf("name of %d", f.ID)] = f.Name
		}
	}
	delete(out, "size of 1003") // One window.
	delete(out, "size of 3008")
	delete(out, "size of 3004") // 0 and 1 say nothing.
	delete(out, "size of 3007")
	for _, dc := range s.cluster.Network.DCs {
		out["address "+dc.IP] = dc.IP
		out[fmt.Sprintf("port %d", dc.Port)] = strconv.Itoa(dc.Port)
	}
	keys, err := s.store.Keys()
	if err != nil {
		t.Fatal(err)
	}
	for id, k := range keys.DCs {
		out[fmt.Sprintf("key of DC %d", id)] = hex.EncodeToString(k.AuthKey[:16])
		out[fmt.Sprintf("base64 key of DC %d", id)] = base64.StdEncoding.EncodeToString(k.AuthKey[:15])
	}
	return out
}

// Reasons hold nothing of the texts of errors.
func TestReasonsAreOurWords(t *testing.T) {
	const secret = "ADA7001"
	for _, err := range []error{
		errors.New(secret),
		&fetcher.LinkError{Link: secret, Reason: secret},
		&fetcher.ItemError{Item: secret, Err: fetcher.ErrNotFound},
		&net.OpError{Op: "dial", Err: errors.New(secret)},
		&dcpool.UnreachableError{DC: 4, Err: errors.New(secret)},
		&dcpool.LostError{DC: 4, Err: errors.New(secret)},
		tgerr.New(400, "your name is "+secret),
		fmt.Errorf("%s: %w", secret, &dcpool.FloodError{DC: 4, Wait: 5e9}),
		fmt.Errorf("%s: %w", secret, noLarge),
		fmt.Errorf("%s: %w", secret, dcpool.ErrLoginNeeded),
		fmt.Errorf("%s: %w", secret, context.DeadlineExceeded),
	} {
		if got := reason(err); got == "" || strings.Contains(got, secret) {
			t.Errorf("%v: %q", err, got)
		}
	}
	if got := reason(tgerr.New(420, "FLOOD_WAIT_30")); got != "refused: 420 FLOOD_WAIT" {
		t.Errorf("a refusal: %q", got)
	}
}

// Ctrl-C leaves what was seen, and says what was not.
func TestStopped(t *testing.T) {
	s := startSim(t, nil)
	s.logIn(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	ctrlC := errors.New("Ctrl-C")
	opts := Options{Client: s.config(t), Asking: func(row Row) {
		if row.Name == photoHashes {
			cancel(ctrlC)
		}
	}}
	r, err := Run(ctx, opts)
	if !errors.Is(err, ctrlC) {
		t.Fatalf("error %v, want the cause of ctx", err)
	}
	if rowsThat(t, r, Agrees); r.Partial == "" {
		t.Error("the report does not say that it is partial")
	}
	for _, row := range r.Rows {
		after := slices.Contains([]string{photoHashes, redirect, cdnReach, tempKey, freshKey, rate}, row.Name)
		if stopped := row.Result == NotAsked && row.Why == r.Partial; stopped != after {
			t.Errorf("%s: %s %s%s", row.Name, row.Result, row.Seen, row.Why)
		}
	}
}

// The bytes end, before a question or within one.
func TestBytesEnd(t *testing.T) {
	for _, most := range []int64{5000, 60_000} {
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			_, r := run(t, nil, func(o *Options) { o.MaxBytes = most })
			if rowsThat(t, r, Agrees); r.Partial == "" || r.Count(NotAsked) < 3 || r.Count(Differs) > 0 {
				t.Errorf("%d rows not asked; partial: %q", r.Count(NotAsked), r.Partial)
			}
			if r.Bytes > most+2*batch*window {
				t.Errorf("%d bytes read, %d were allowed", r.Bytes, most)
			}
		})
	}
}

// Where there is nothing to ask about, the row says what to give.
func TestNothingToAskAbout(t *testing.T) {
	_, r := run(t, func(s *scenario.Scenario) {
		s.Chats, s.Accounts[0].Saved, s.Accounts[0].Stories, s.Accounts[0].Photos = nil, nil, nil, nil
	}, nil)
	for _, name := range []string{lastWindow, hashBatch, photoHashes, redirect, cdnReach, rate} {
		if row := rowOf(r, name); row.Result != NotAsked || !strings.Contains(row.Why, "give a link") {
			t.Errorf("%s: %s %s%s", name, row.Result, row.Seen, row.Why)
		}
	}
	if differ := rowsThat(t, r, Differs); len(differ) > 0 || r.Partial != "" {
		t.Errorf("rows that differ: %v; partial: %q", differ, r.Partial)
	}
}

// A question that is refused costs its row alone.
func TestRefusedQuestions(t *testing.T) {
	_, r := run(t, func(s *scenario.Scenario) {
		s.Faults = []scenario.Fault{
			{Do: scenario.DoError, Code: 420, Text: "FLOOD_WAIT_30", Method: "upload.getFileHashes"},
			{Do: scenario.DoError, Code: 400, Text: "INPUT_METHOD_INVALID", Method: "help.getAppConfig"},
		}
	}, cheap)
	for name, why := range map[string]string{
		lastWindow: "FLOOD_WAIT of 30 s", hashBatch: "FLOOD_WAIT of 30 s", photoHashes: "FLOOD_WAIT of",
		queues: "refused: 400 INPUT_METHOD_INVALID", premium: "refused: 400 INPUT_METHOD_INVALID",
	} {
		if row := rowOf(r, name); row.Result != NotAsked || !strings.Contains(row.Why, why) {
			t.Errorf("%s: %s %s%s, want %q", name, row.Result, row.Seen, row.Why, why)
		}
	}
	if differ := rowsThat(t, r, Differs); len(differ) > 0 {
		t.Errorf("rows that differ: %v", differ)
	}
}

// What makes all questions senseless is an error, before anything else is asked.
func TestRunFails(t *testing.T) {
	s := startSim(t, nil)
	opts := Options{Client: s.config(t)}
	if _, err := Run(t.Context(), opts); !errors.Is(err, dcpool.ErrLoginNeeded) {
		t.Errorf("nobody is logged in: %v", err)
	}
	s.logIn(t)
	for text, want := range map[string]error{
		"https://t.me/simfiles/1": fetcher.ErrNoMedia, "https://t.me/nobodyhere/1": fetcher.ErrNotFound, "https://t.me/simclosed/1": fetcher.ErrNoAccess,
	} {
		opts := opts
		opts.Links = links(t, text)
		if _, err := Run(t.Context(), opts); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
	if n := s.Log().DC(4).FileBytes; n > 0 {
		t.Errorf("%d bytes of files were read all the same", n)
	}
	opts.Client.Dial = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: errors.New("network is unreachable")}
	}
	_, err := Run(t.Context(), opts)
	if _, ok := errors.AsType[*dcpool.UnreachableError](err); !ok {
		t.Errorf("no network: %v", err)
	}
}

// A whole chat, or a range of it, costs one page of its messages, whoever names it.
func TestChatsCostOnePage(t *testing.T) {
	for _, c := range []struct {
		name  string
		links []string
	}{{"linked", []string{"https://t.me/simfiles"}}, {"a range", []string{"https://t.me/simfiles/1-350"}}, {"found", nil}} {
		t.Run(c.name, func(t *testing.T) {
			s, r := run(t, func(s *scenario.Scenario) {
				s.Accounts[0].Saved = nil
				s.Files = append(s.Files, scenario.File{ID: 9000, DC: 4, Size: 2<<20 + 5, Count: 350})
				s.Chats = []scenario.Chat{{ID: s.Chats[0].ID, Title: "x", Username: "simfiles", Messages: []scenario.Message{{ID: 1, File: 9000, Count: 350}}}}
			}, func(o *Options) {
				cheap(o)
				o.Links = links(t, c.links...)
			})
			asked := s.Log().DC(s.scenario.Accounts[0].HomeDC).Methods
			if n := asked["messages.getHistory"] + asked["channels.getMessages"]; n > 3 { // Without links Saved Messages, too; and what bench asks of one.
				t.Errorf("%d pages: %v", n, asked)
			}
			if row := rowOf(r, lastWindow); row.Result != Agrees {
				t.Errorf("%s: %s %s%s", row.Name, row.Result, row.Seen, row.Why)
			}
		})
	}
}

package dcpool

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/session"
)

// cdnAlone is a Pool on n that knows a CDN and has a key of it.
func cdnAlone(t *testing.T, n *network) *Pool {
	t.Helper()
	store := session.NewMemory()
	err := store.UpdateKeys(func(k *session.Keys) error {
		k.CDN[simCDN] = session.DCKeys{AuthKey: [256]byte{1}, CreatedAt: time.Now()}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return cdnFrom(t, n, store)
}

// cdnFrom is a Pool on n that knows a CDN, with what a store has.
func cdnFrom(t *testing.T, n *network, store *session.Memory) *Pool {
	t.Helper()
	err := store.UpdateState(func(s *session.State) error {
		s.Options = []session.DCOption{{ID: simCDN, IP: first, Port: 443, CDN: true, ThisPortOnly: true}}
		s.OptionsExpire = time.Now().Add(24 * time.Hour)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(Config{APIID: 1, APIHash: "x", Store: store, Dial: n.dial, Transport: Intermediate})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func readCDNOnce(p *Pool) error {
	return p.Do(context.Background(), Target{DC: simCDN, Kind: CDN}, &tg.UploadGetCDNFileRequest{}, new(tg.UploadCDNFile))
}

// A CDN that does not answer is dialled once, for seconds, and then left alone for
// minutes, for longer each time.
func TestCDNThatIsOutOfReachRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{after: map[string]time.Duration{first + ":443": never}}
		p := cdnAlone(t, n)
		defer p.Close()
		rest := cdnRestFirst
		for round := 1; round <= 6; round++ {
			start := time.Now()
			if err := readCDNOnce(p); !errors.Is(err, ErrNoCDN) {
				t.Fatalf("error %v, want ErrNoCDN", err)
			}
			if took := time.Since(start); took > cdnDialTimeout {
				t.Errorf("it took %v", took)
			}
			for range 20 {
				if err := readCDNOnce(p); !errors.Is(err, ErrNoCDN) || !p.CDNResting() {
					t.Fatalf("error %v, resting %v", err, p.CDNResting())
				}
			}
			n.mu.Lock()
			dials := len(n.begun)
			n.mu.Unlock()
			if dials != round {
				t.Errorf("%d dials in round %d", dials, round)
			}
			time.Sleep(rest - time.Since(start)) // The clock of the bubble.
			if !p.CDNResting() {
				t.Errorf("the rest was shorter than %v", rest)
			}
			time.Sleep(cdnDialTimeout + time.Second)
			if p.CDNResting() {
				t.Errorf("the rest was longer than %v", rest)
			}
			rest = min(2*rest, cdnRestMax)
		}
	})
}

// What a CDN answers ends its rest, and what is not its fault begins none.
func TestWhatIsNoReasonForACDNToRest(t *testing.T) {
	events := new(events)
	c := cdnRests{events: events}
	c.note(5, &UnknownDCError{DC: 5, Kind: CDN})
	c.note(simCDN, tgerr.New(400, "FILE_TOKEN_INVALID"))
	if c.any() {
		t.Error("it rests")
	}
	c.note(simCDN, &LostError{DC: simCDN, Err: errMute})
	if !c.any() || c.resting(simCDN) == nil || c.resting(5) != nil {
		t.Error("it does not rest")
	}
	c.note(simCDN, nil)
	if c.any() {
		t.Error("it rests after an answer")
	}
}

// A CDN that answers, and is too slow, rests as well. What it answers meanwhile does not
// end that, and the next rest is longer.
func TestSlowCDNRests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := cdnAlone(t, &network{})
		defer p.Close()
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		events := p.Events(ctx)
		rest := cdnRestFirst
		for range 6 {
			p.RestCDN(simCDN, errors.New("2 KB/s"))
			p.RestCDN(simCDN, errors.New("told by another file"))
			p.cdnRests.note(simCDN, nil)
			if err := readCDNOnce(p); !errors.Is(err, ErrNoCDN) || !strings.Contains(err.Error(), "DC 203 (cdn) is left alone until ") || !strings.Contains(err.Error(), "2 KB/s") {
				t.Errorf("error %v", err)
			}
			time.Sleep(rest - time.Nanosecond)
			if !p.CDNResting() {
				t.Errorf("the rest was shorter than %v", rest)
			}
			time.Sleep(time.Nanosecond)
			if p.CDNResting() {
				t.Errorf("the rest was longer than %v", rest)
			}
			p.cdnRests.note(simCDN, nil)
			rest = min(2*rest, cdnRestMax)
		}
		stop()
		for _, e := range events {
			if resting, ok := e.(CDNResting); !ok || !resting.Slow || !strings.Contains(e.String(), "CDN DC 203 is too slow and is left alone until") {
				t.Errorf("%T: %v", e, e)
			}
			break
		}
		// After a long time without complaints all is forgotten.
		time.Sleep(cdnRestMax + time.Second)
		p.cdnRests.note(simCDN, nil)
		p.RestCDN(simCDN, errors.New("2 KB/s"))
		time.Sleep(cdnRestFirst)
		if p.CDNResting() {
			t.Error("what was long ago is not forgotten")
		}
	})
}

// A CDN whose bytes of a key exchange come one by one is left after seconds.
func TestCDNThatDripsDuringTheExchange(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	published := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)})
	synctest.Test(t, func(t *testing.T) {
		store := session.NewMemory()
		err := store.UpdateState(func(s *session.State) error {
			s.CDNKeys = []session.CDNKey{{DC: simCDN, PEM: string(published)}}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		p := cdnFrom(t, &network{after: map[string]time.Duration{first + ":443": 0}, drip: time.Second}, store)
		start := time.Now()
		if err := readCDNOnce(p); !errors.Is(err, ErrNoCDN) || !p.CDNResting() {
			t.Errorf("error %v, resting %v", err, p.CDNResting())
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("it took %v", took)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second) // The peers see it.
	})
}

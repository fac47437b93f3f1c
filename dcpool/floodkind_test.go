package dcpool

import (
	"strings"
	"testing"

	"github.com/gotd/td/tg"
)

// Whatever Telegram's schema calls a method of CDNs is one, so that a flood of it costs the
// CDN and not the file.
func TestFloodKinds(t *testing.T) {
	want := map[string]FloodKind{
		"upload.getFile": FloodFiles, "account.initTakeoutSession": FloodTakeout, "messages.getMessages": FloodOther, "": FloodOther,
	}
	for name := range tg.NamesMap() {
		name, _, _ = strings.Cut(name, "#")
		if strings.Contains(name, "Cdn") && name != "upload.fileCdnRedirect" { // An answer's name is spelt like a method's.
			want[name] = FloodCDN
		}
	}
	if want["upload.getCdnFile"] != FloodCDN || want["help.getCdnConfig"] != FloodCDN {
		t.Fatalf("the schema has no methods of CDNs: %v", want)
	}
	for name, kind := range want {
		if got := (&FloodError{Method: name}).Kind(); got != kind {
			t.Errorf("a flood of %q is of kind %d, want %d", name, got, kind)
		}
	}
	if got := (Wait{Method: fileGate}).Kind(); got != FloodFiles {
		t.Errorf("the wait of all reads of files is of kind %d", got)
	}
}

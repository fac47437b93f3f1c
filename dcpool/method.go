package dcpool

import (
	"fmt"
	"strings"

	"github.com/gotd/td/bin"
)

// method is the name of a query's method, "upload.getFile", or its constructor
// id in hexadecimal when gotd does not say the name.
type method string

// fileGate is the name of the flood gate that all reads of files share.
const fileGate = "file"

func methodOf(in bin.Encoder) method {
	switch q := in.(type) {
	case interface{ TypeName() string }:
		return method(q.TypeName())
	case interface{ TypeID() uint32 }:
		return method(fmt.Sprintf("%#08x", q.TypeID()))
	default:
		return "unknown"
	}
}

// FloodKind is what Telegram asks to wait with.
type FloodKind uint8

const (
	// FloodOther is one method of no other kind.
	FloodOther FloodKind = iota
	// FloodFiles is reads of files, which share their limit.
	FloodFiles
	// FloodCDN is what it takes to get a file from a CDN, whose own data center has it, too.
	FloodCDN
	// FloodTakeout is the beginning of an export, which may be allowed in a Telegram app.
	FloodTakeout
)

func (m method) flood() FloodKind {
	switch m {
	case fileGate, "upload.getFile":
		return FloodFiles
	case "upload.getCdnFile", "upload.getCdnFileHashes", "upload.reuploadCdnFile", "help.getCdnConfig":
		return FloodCDN
	case "account.initTakeoutSession":
		return FloodTakeout
	default:
		return FloodOther
	}
}

func (m method) namespace() string {
	namespace, _, _ := strings.Cut(string(m), ".")
	return namespace
}

// gate is the name of the flood gate of the method.
//
// See https://core.telegram.org/api/errors#420-flood.
func (m method) gate() string {
	switch m {
	case "upload.getFile", "upload.getCdnFile":
		return fileGate
	default:
		return string(m)
	}
}

// repeatable says that the server may get the query twice without harm, so that
// it can be sent again when its connection died before the answer.
func (m method) repeatable() bool {
	switch m {
	case "auth.exportAuthorization", "auth.exportLoginToken", "upload.reuploadCdnFile", "messages.search":
		return true
	}
	namespace, name, ok := strings.Cut(string(m), ".")
	if !ok || namespace == "auth" {
		return false
	}
	for _, verb := range []string{"get", "resolve", "check", "search"} {
		if strings.HasPrefix(name, verb) {
			return true
		}
	}
	return false
}

// beginsLogin says that the query is a request for a new login, so that a home
// key the server has forgotten may be replaced.
func (m method) beginsLogin() bool {
	switch m {
	case "auth.sendCode", "auth.importBotAuthorization", "auth.exportLoginToken", "auth.importLoginToken":
		return true
	default:
		return false
	}
}

// needsLogin says that a data center answers the method only to a login.
func (m method) needsLogin() bool {
	switch m.namespace() {
	case "auth", "help", "langpack":
		return false
	default:
		return true
	}
}

package dcpool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"testing"
	"time"

	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/dcpool/filedata"
	"github.com/tgfetch/tgfetch/dcpool/internal/wire"
)

func TestClassify(t *testing.T) {
	var (
		home     = situation{home: true, loggedIn: true, method: "users.getUsers"}
		nobody   = situation{home: true, method: "users.getUsers"}
		login    = situation{home: true, loggedIn: true, method: "auth.sendCode"}
		signIn   = situation{home: true, method: "auth.signIn"}
		foreign  = situation{loggedIn: true, method: "users.getUsers"}
		stranger = situation{method: "users.getUsers"}
		media    = situation{kind: Media, loggedIn: true, method: "upload.getFile"}
		atHome   = situation{kind: Media, home: true, loggedIn: true, method: "upload.getFile"}
		cdn      = situation{kind: CDN, loggedIn: true, method: "upload.getCdnFile"}
		write    = situation{home: true, loggedIn: true, method: "messages.sendMessage"}
		pfs      = situation{home: true, loggedIn: true, method: "messages.sendMessage", temporary: true}
		unbound  = &unboundError{err: tgerr.New(400, "ENCRYPTED_MESSAGE_INVALID")}
	)
	refused := func(code int, sent bool) error {
		return &wire.ClosedError{Sent: sent, Cause: &wire.TransportError{Code: code}}
	}
	lost := func(sent bool) error { return &wire.ClosedError{Sent: sent, Cause: io.EOF} }

	tests := []struct {
		err  error
		in   situation
		want verdict
	}{
		// Migrations.
		{tgerr.New(303, "PHONE_MIGRATE_1"), signIn, verdict{action: moveHome, dc: 1}},
		{tgerr.New(303, "USER_MIGRATE_5"), home, verdict{action: moveHome, dc: 5}},
		{tgerr.New(303, "NETWORK_MIGRATE_3"), nobody, verdict{action: moveHome, dc: 3}},
		{tgerr.New(303, "USER_MIGRATE_5"), foreign, verdict{}},
		{tgerr.New(303, "USER_MIGRATE_5"), cdn, verdict{}},
		{tgerr.New(303, "USER_MIGRATE"), home, verdict{}},
		{tgerr.New(303, "FILE_MIGRATE_4"), media, verdict{}},
		{tgerr.New(303, "FILE_MIGRATE_4"), atHome, verdict{}},
		{tgerr.New(303, "FILE_MIGRATE_4"), home, verdict{action: moveCall, dc: 4}},
		{tgerr.New(303, "STATS_MIGRATE_4"), home, verdict{action: moveCall, dc: 4}},
		{tgerr.New(303, "STATS_MIGRATE_4"), foreign, verdict{action: moveCall, dc: 4}},

		// Temporary keys.
		{refused(wire.CodeKeyUnknown, true), pfs, verdict{action: newTemp}},
		{tgerr.New(401, "AUTH_KEY_PERM_EMPTY"), pfs, verdict{action: newTemp}},
		{tgerr.New(401, "AUTH_KEY_PERM_EMPTY"), home, verdict{}},
		{unbound, foreign, verdict{action: newKey}},
		{unbound, login, verdict{action: newKey}},
		{unbound, home, verdict{action: needLogin, why: "the home DC does not know its key any more"}},

		// Floods.
		{tgerr.New(420, "FLOOD_WAIT_3"), media, verdict{action: waitFlood, wait: 3 * time.Second}},
		{tgerr.New(420, "FLOOD_PREMIUM_WAIT_12"), media, verdict{action: waitFlood, wait: 12 * time.Second}},
		{tgerr.New(420, "FLOOD_WAIT_2147483647"), media, verdict{action: waitFlood, wait: math.MaxInt32 * time.Second}},
		{tgerr.New(420, "FLOOD_WAIT_9223372037"), media, verdict{action: waitFlood, wait: math.MaxInt32 * time.Second}},
		{tgerr.New(420, "FLOOD_WAIT_9223372036854775807"), media, verdict{action: waitFlood, wait: math.MaxInt32 * time.Second}},
		{tgerr.New(420, "FLOOD_WAIT_-3"), media, verdict{action: waitFlood, wait: time.Second}},
		{tgerr.New(420, "FLOOD_WAIT_0"), home, verdict{action: waitFlood, wait: time.Second}},
		{tgerr.New(420, "FLOOD_WAIT_9"), cdn, verdict{action: waitFlood, wait: 9 * time.Second}},
		{tgerr.New(420, "TAKEOUT_INIT_DELAY_86400"), home, verdict{action: waitFlood, wait: 24 * time.Hour}},
		{tgerr.New(420, "FLOOD_SKIP_FAILED_WAIT"), media, verdict{action: waitFlood, wait: time.Second}},
		{tgerr.New(420, "SLOWMODE_WAIT_7"), home, verdict{action: waitFlood, wait: 7 * time.Second}},
		{tgerr.New(420, "2FA_CONFIRM_WAIT_604800"), home, verdict{action: waitFlood, wait: 7 * 24 * time.Hour}},
		{tgerr.New(420, "FLOOD_WAIT"), home, verdict{action: waitFlood, wait: time.Second}},
		{tgerr.New(420, "SOMETHING_ELSE"), home, verdict{}},
		{tgerr.New(420, "FROZEN_METHOD_INVALID"), home, verdict{}},

		// Methods that a server does not have.
		{tgerr.New(500, "NOT_IMPLEMENTED"), media, verdict{}},
		{tgerr.New(-500, "METHOD_NOT_IMPL"), home, verdict{}},
		{tgerr.New(501, "UNKNOWN"), home, verdict{}},
		{tgerr.New(500, "RPC_CALL_FAIL"), media, verdict{action: backOff}},

		// Authorization.
		{tgerr.New(401, "AUTH_KEY_UNREGISTERED"), home, verdict{action: needLogin, why: "the login was ended"}},
		{tgerr.New(401, "SESSION_REVOKED"), atHome, verdict{action: needLogin, why: "the login was ended"}},
		{tgerr.New(401, "AUTH_KEY_UNREGISTERED"), nobody, verdict{action: needLogin, why: "nobody is logged in"}},
		{tgerr.New(401, "AUTH_KEY_UNREGISTERED"), stranger, verdict{action: needLogin, why: "nobody is logged in"}},
		{tgerr.New(401, "AUTH_KEY_UNREGISTERED"), media, verdict{action: importAgain}},
		{tgerr.New(401, "SESSION_REVOKED"), foreign, verdict{action: importAgain}},
		{tgerr.New(401, "USER_DEACTIVATED"), foreign, verdict{action: needLogin, why: "Telegram has deactivated the account"}},
		{tgerr.New(401, "AUTH_KEY_UNREGISTERED"), cdn, verdict{}},
		{tgerr.New(401, "SESSION_PASSWORD_NEEDED"), signIn, verdict{}},
		{tgerr.New(500, "AUTH_RESTART"), situation{home: true, method: "auth.exportLoginToken"}, verdict{}},
		{tgerr.New(401, "AUTH_KEY_PERM_EMPTY"), home, verdict{}},
		{tgerr.New(406, "AUTH_KEY_DUPLICATED"), media, verdict{action: newKey}},
		{tgerr.New(406, "AUTH_KEY_DUPLICATED"), home, verdict{action: needLogin, why: "the key of the home DC was used from two addresses at once"}},
		{tgerr.New(406, "FILEREF_UPGRADE_NEEDED"), media, verdict{}},

		// Keys.
		{refused(wire.CodeKeyUnknown, true), media, verdict{action: doubtKey, then: newKey}},
		{refused(wire.CodeKeyUnknown, true), cdn, verdict{action: doubtKey, then: newKey}},
		{refused(wire.CodeKeyUnknown, true), home, verdict{action: doubtKey, then: needLogin, why: "the home DC does not know its key any more"}},
		{refused(wire.CodeKeyUnknown, true), atHome, verdict{action: doubtKey, then: needLogin, why: "the home DC does not know its key any more"}},
		{refused(wire.CodeKeyUnknown, true), nobody, verdict{action: doubtKey, then: newKey}},
		{refused(wire.CodeKeyUnknown, true), login, verdict{action: doubtKey, then: newKey}},

		// Connections.
		{refused(wire.CodeWrongDC, true), media, verdict{action: wrongAddress}},
		{refused(wire.CodeFlood, true), media, verdict{action: fewer}},
		{refused(wire.CodeFlood, true), write, verdict{}},
		{refused(-500, true), media, verdict{action: repeat}},
		{lost(true), media, verdict{action: repeat}},
		{lost(true), cdn, verdict{action: repeat}},
		{lost(true), signIn, verdict{}},
		{lost(true), write, verdict{}},
		{lost(false), write, verdict{action: repeat}},
		{&wire.BadMessageError{Code: 16}, write, verdict{action: repeat}},
		{tgerr.New(400, "CONNECTION_NOT_INITED"), write, verdict{action: repeat}},
		{tgerr.New(400, "CONNECTION_LAYER_INVALID"), media, verdict{action: repeat}},

		// The server.
		{tgerr.New(500, "WORKER_BUSY_TOO_LONG_RETRY"), media, verdict{action: backOff}},
		{tgerr.New(-503, "Timeout"), media, verdict{action: backOff}},
		{tgerr.New(500, "AUTH_RESTART"), signIn, verdict{}},
		{tgerr.New(500, "RPC_CALL_FAIL"), write, verdict{}},
		{tgerr.New(500, "MTPROTO_CLUSTER_INVALID"), media, verdict{action: refreshConfig}},

		// The caller's business.
		{tgerr.New(400, "FILE_REFERENCE_EXPIRED"), media, verdict{}},
		{tgerr.New(400, "LIMIT_INVALID"), media, verdict{}},
		{&wire.DecodeError{Err: io.ErrUnexpectedEOF}, media, verdict{action: backOff}},
		{&wire.DecodeError{Err: io.ErrUnexpectedEOF}, cdn, verdict{action: backOff}},
		{&wire.DecodeError{Err: io.ErrUnexpectedEOF}, foreign, verdict{}},
		{&wire.DecodeError{Err: &filedata.LengthError{Got: 2, Max: 1}}, media, verdict{}},
		{context.Canceled, media, verdict{}},
		{errors.New("encode"), media, verdict{}},
	}
	for _, test := range tests {
		name := fmt.Sprintf("%v/%v home=%v user=%v %s", test.err, test.in.kind, test.in.home, test.in.loggedIn, test.in.method)
		if got := classify(fmt.Errorf("wrapped: %w", test.err), test.in); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

func TestMethodProperties(t *testing.T) {
	tests := []struct {
		method                        method
		gate                          string
		repeatable, begins, needLogin bool
	}{
		{"upload.getFile", fileGate, true, false, true},
		{"upload.getCdnFile", fileGate, true, false, true},
		{"upload.getFileHashes", "upload.getFileHashes", true, false, true},
		{"upload.reuploadCdnFile", "upload.reuploadCdnFile", true, false, true},
		{"contacts.resolveUsername", "contacts.resolveUsername", true, false, true},
		{"messages.checkChatInvite", "messages.checkChatInvite", true, false, true},
		{"messages.sendMessage", "messages.sendMessage", false, false, true},
		{"help.getConfig", "help.getConfig", true, false, false},
		{"auth.sendCode", "auth.sendCode", false, true, false},
		{"auth.signIn", "auth.signIn", false, false, false},
		{"auth.checkPassword", "auth.checkPassword", false, false, false},
		{"auth.importAuthorization", "auth.importAuthorization", false, false, false},
		{"auth.exportAuthorization", "auth.exportAuthorization", true, false, false},
		{"0x12345678", "0x12345678", false, false, true},
	}
	for _, test := range tests {
		m := test.method
		if m.gate() != test.gate || m.repeatable() != test.repeatable || m.beginsLogin() != test.begins || m.needsLogin() != test.needLogin {
			t.Errorf("%s: gate %s, repeatable %v, begins login %v, needs login %v",
				m, m.gate(), m.repeatable(), m.beginsLogin(), m.needsLogin())
		}
	}
}

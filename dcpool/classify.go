package dcpool

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/dcpool/filedata"
	"github.com/tgfetch/tgfetch/dcpool/internal/wire"
)

// action is what to do after a try of a call.
type action uint8

const (
	// giveBack returns the error: it is the caller's business, or final.
	giveBack action = iota
	// repeat tries again, on another connection.
	repeat
	// backOff tries again after a jittered pause.
	backOff
	// waitFlood closes the gate of the method for verdict.wait.
	waitFlood
	// moveHome makes verdict.dc the home data center and tries again.
	moveHome
	// moveCall tries again on verdict.dc, this call only.
	moveCall
	// doubtKey asks again on another connection, at another address if there is one, and
	// does verdict.then when servers have refused the key often enough.
	doubtKey
	// newKey drops the key the call used and tries again.
	newKey
	// importAgain drops the authorization the call used and tries again.
	importAgain
	// refreshConfig asks help.getConfig again, pauses and tries again.
	refreshConfig
	// fewer lowers the number of connections, pauses and tries again.
	fewer
	// wrongAddress sets the endpoint aside and tries again.
	wrongAddress
	// newTemp drops the temporary key the call used and tries again.
	newTemp
	// needLogin returns ErrLoginNeeded with verdict.why.
	needLogin
)

// situation is what decides besides the error.
type situation struct {
	kind Kind
	// home: the call went to the home data center.
	home bool
	// loggedIn: the session has a user.
	loggedIn bool
	method   method
	// temporary: the connection is under a temporary key.
	temporary bool
}

type verdict struct {
	action action
	dc     int
	wait   time.Duration
	why    string
	then   action
}

// classify decides what a failed try of a call leads to. It has no side effects
// and does not know how often the call was tried; the bounds are with the caller, in
// call.go. "6" is Limits.Retries.
//
//	dial or exchange fails, silent end before        next address or transport, back-off; 6 attempts, then
//	the first answer                                 *UnreachableError (connect.go, race.go)
//	proxy refuses password or secret                 *proxy.Error at once
//	connection lost or stalled                       repeat elsewhere if it was not sent or is a read, 6 times;
//	                                                 else *LostError
//	-404                                             ask again, at another address if there is one (doubt.go);
//	                                                 after 2 refusals (home 3, a CDN 1, 2 more of a young key)
//	                                                 one new key for all callers; 2 new keys per call
//	406 AUTH_KEY_DUPLICATED                          one new key for all callers, 2 per call
//	  both at home while logged in                   ErrLoginNeeded, the key is kept, unless the call begins a login
//	PFS: -404, 401 AUTH_KEY_PERM_EMPTY               another temporary key, once for all its connections, 6 times
//	PFS: 400 ENCRYPTED_MESSAGE_INVALID               bind again, as often as -404; then the permanent key is lost if
//	                                                 it is older than a minute, else *UnreachableError
//	PFS: another refusal to bind                     *BindError
//	-429                                             half as many connections, back-off, 6 times
//	-444                                             the address rests for a minute; without another one ask twice
//	                                                 more, then *WrongDCError
//	bad_server_salt, bad_msg 16 17 20 32 33 48 64    wire corrects and sends again: 5 times per call, 4 sessions
//	                                                 per connection
//	CONNECTION_NOT_INITED, CONNECTION_LAYER_INVALID  wire wraps again once, then repeat, 6 times
//	420 that says how long,                          gate (flood.go), within Limits.FloodWaitMax
//	FLOOD_SKIP_FAILED_WAIT (1 s)
//	a missing method, whatever the code              give back
//	401 AUTH_KEY_UNREGISTERED and the like           one new import for all, 2 per call
//	  at home, or nobody logged in                   ErrLoginNeeded
//	401 USER_DEACTIVATED                             ErrLoginNeeded
//	codes < 0 and >= 500                             back-off and repeat if the method is a read, 6 times
//	MTPROTO_CLUSTER_INVALID                          help.getConfig again, 6 times
//	PHONE_, USER_, NETWORK_MIGRATE at home           home moves, once for all, and is saved; 4 hops, then
//	                                                 *MigrationLoopError
//	STATS_MIGRATE, FILE_MIGRATE on Main              that call moves, 4 hops
//	all else, FILE_MIGRATE on Media included         give back the *tgerr.Error
//
// See https://core.telegram.org/api/errors.
func classify(err error, s situation) verdict {
	if _, ok := errors.AsType[*unboundError](err); ok {
		return lostKey(s, "the home DC does not know its key any more")
	}
	if rpc, ok := errors.AsType[*tgerr.Error](err); ok {
		return classifyRPC(rpc, s)
	}
	if _, ok := errors.AsType[*wire.BadMessageError](err); ok {
		return verdict{action: repeat} // The server did not read it.
	}
	if closed, ok := errors.AsType[*wire.ClosedError](err); ok {
		return classifyClosed(closed, s)
	}
	if _, ok := errors.AsType[*wire.DecodeError](err); ok {
		return classifyGarbage(err, s)
	}
	return verdict{action: giveBack}
}

// classifyGarbage repeats reads of files, of which one answer in many may be
// damaged. Of other methods it is the server's schema that differs from ours, and
// an answer that is too long is the caller's business.
func classifyGarbage(err error, s situation) verdict {
	_, tooLong := errors.AsType[*filedata.LengthError](err)
	if s.method.gate() != fileGate || tooLong {
		return verdict{action: giveBack}
	}
	return verdict{action: backOff}
}

func classifyRPC(err *tgerr.Error, s situation) verdict {
	switch {
	case err.Type == "MTPROTO_CLUSTER_INVALID":
		return verdict{action: refreshConfig}
	case err.Code == 303:
		return classifyMigration(err, s)
	case err.Code == 420:
		return classifyWait(err)
	case err.Code == 401:
		return classifyUnauthorized(err, s)
	case err.Code == 406 && err.Type == "AUTH_KEY_DUPLICATED":
		// The server has revoked the key: it was used from two addresses at once.
		return lostKey(s, "the key of the home DC was used from two addresses at once")
	case err.IsOneOf("CONNECTION_NOT_INITED", "CONNECTION_LAYER_INVALID"):
		return verdict{action: repeat}
	case err.Type == "AUTH_RESTART":
		return verdict{action: giveBack} // The login begins again, not the call.
	case MethodMissing(err):
		return verdict{action: giveBack} // Whatever its code.
	case err.Code < 0 || err.Code >= 500:
		if s.method.repeatable() {
			return verdict{action: backOff}
		}
		return verdict{action: giveBack}
	default:
		return verdict{action: giveBack}
	}
}

// classifyWait waits for as long as an error says. FLOOD_SKIP_FAILED_WAIT does not say
// how long; TDLib waits for a second.
func classifyWait(err *tgerr.Error) verdict {
	said := strings.HasSuffix(err.Message, "_"+strconv.Itoa(err.Argument))
	if !said && !strings.HasPrefix(err.Type, "FLOOD_") || AccountFrozen(err) {
		return verdict{action: giveBack}
	}
	return verdict{action: waitFlood, wait: waitOf(err)}
}

// classifyMigration tells the migrations of a session from those of a request.
//
// See https://core.telegram.org/api/datacenter.
func classifyMigration(err *tgerr.Error, s situation) verdict {
	if err.Argument <= 0 || s.kind == CDN {
		return verdict{action: giveBack}
	}
	switch err.Type {
	case "PHONE_MIGRATE", "USER_MIGRATE", "NETWORK_MIGRATE":
		if s.home {
			return verdict{action: moveHome, dc: err.Argument}
		}
	case "STATS_MIGRATE":
		return verdict{action: moveCall, dc: err.Argument}
	case fileMigrate:
		if s.kind == Main {
			return verdict{action: moveCall, dc: err.Argument}
		}
	}
	return verdict{action: giveBack}
}

func classifyUnauthorized(err *tgerr.Error, s situation) verdict {
	switch err.Type {
	case "AUTH_KEY_PERM_EMPTY":
		if s.temporary {
			return verdict{action: newTemp} // It is not, or no longer, bound.
		}
		return verdict{action: giveBack}
	case "USER_DEACTIVATED", "USER_DEACTIVATED_BAN":
		return verdict{action: needLogin, why: "Telegram has deactivated the account"}
	case "AUTH_KEY_UNREGISTERED", "AUTH_KEY_INVALID", "SESSION_REVOKED", "SESSION_EXPIRED":
	default:
		// Not a lost login: SESSION_PASSWORD_NEEDED is a step of one.
		return verdict{action: giveBack}
	}
	switch {
	case s.kind == CDN:
		return verdict{action: giveBack}
	case !s.loggedIn:
		return verdict{action: needLogin, why: "nobody is logged in"}
	case s.home:
		return verdict{action: needLogin, why: "the login was ended"}
	default:
		return verdict{action: importAgain}
	}
}

func classifyClosed(err *wire.ClosedError, s situation) verdict {
	mayRepeat := !err.Sent || s.method.repeatable()
	if refused, ok := errors.AsType[*wire.TransportError](err.Cause); ok {
		switch refused.Code {
		case wire.CodeKeyUnknown:
			if s.temporary {
				return verdict{action: newTemp} // Nothing was read.
			}
			lost := lostKey(s, "the home DC does not know its key any more")
			return verdict{action: doubtKey, then: lost.action, why: lost.why}
		case wire.CodeWrongDC:
			return verdict{action: wrongAddress} // Nothing was read.
		case wire.CodeFlood:
			if mayRepeat {
				return verdict{action: fewer}
			}
		}
	}
	if mayRepeat {
		return verdict{action: repeat}
	}
	return verdict{action: giveBack}
}

// lostKey is the verdict on a key that the server does not take. Replacing the
// home key ends the login, so it takes somebody who asks for a new one.
func lostKey(s situation, why string) verdict {
	if s.home && s.kind != CDN && s.loggedIn && !s.method.beginsLogin() {
		return verdict{action: needLogin, why: why}
	}
	return verdict{action: newKey}
}

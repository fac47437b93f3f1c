package dcpool

import (
	"errors"
	"fmt"
	"testing"

	"github.com/gotd/td/tgerr"
)

func TestRefusals(t *testing.T) {
	type reading struct {
		missing, expired, frozen bool
		migrated                 int
	}
	for _, test := range []struct {
		err  error
		want reading
	}{
		{nil, reading{}},
		{errors.New("FILE_MIGRATE_4"), reading{}},
		{tgerr.New(303, "FILE_MIGRATE_4"), reading{migrated: 4}},
		{fmt.Errorf("part 3: %w", tgerr.New(303, "FILE_MIGRATE_4")), reading{migrated: 4}},
		{tgerr.New(303, "FILE_MIGRATE_0"), reading{}},
		{tgerr.New(303, "FILE_MIGRATE"), reading{}},
		{tgerr.New(303, "USER_MIGRATE_4"), reading{}},
		{tgerr.New(400, "FILE_REFERENCE_EXPIRED"), reading{expired: true}},
		{tgerr.New(400, "FILE_REFERENCE_3_EXPIRED"), reading{expired: true}},
		{tgerr.New(406, "FILEREF_UPGRADE_NEEDED"), reading{expired: true}},
		{tgerr.New(400, "FILE_ID_INVALID"), reading{}},
		{tgerr.New(420, "FROZEN_METHOD_INVALID"), reading{frozen: true}},
		{tgerr.New(400, "FROZEN_PARTICIPANT_MISSING"), reading{frozen: true}},
		{tgerr.New(400, "METHOD_INVALID"), reading{missing: true}},
	} {
		var got reading
		got.missing, got.expired, got.frozen = MethodMissing(test.err), ReferenceExpired(test.err), AccountFrozen(test.err)
		dc, ok := FileMigrated(test.err)
		if got.migrated = dc; got != test.want || ok != (dc > 0) {
			t.Errorf("%v: %+v, %v, want %+v", test.err, got, ok, test.want)
		}
	}
}

func TestMethodMissing(t *testing.T) {
	for _, err := range []error{
		tgerr.New(400, "METHOD_INVALID"), tgerr.New(400, "INPUT_METHOD_INVALID_12345"), tgerr.New(500, "NOT_IMPLEMENTED"),
		tgerr.New(400, "METHOD_NOT_IMPL"), tgerr.New(404, "X"), tgerr.New(501, "X"), tgerr.New(400, "METHOD_NOT_FOUND"),
	} {
		if !MethodMissing(err) {
			t.Errorf("%v: the method is there", err)
		}
	}
	for _, err := range []error{
		nil, errMute, tgerr.New(400, "BOT_METHOD_INVALID"), tgerr.New(400, "CDN_METHOD_INVALID"),
		tgerr.New(420, "FROZEN_METHOD_INVALID"), tgerr.New(500, "RPC_CALL_FAIL"), tgerr.New(400, "CHANNEL_INVALID"),
	} {
		if MethodMissing(err) {
			t.Errorf("%v: the method is missing", err)
		}
	}
}

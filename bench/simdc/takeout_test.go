package simdc

import (
	"testing"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

func TestTakeout(t *testing.T) {
	c := startTest(t, nil)
	ctx := t.Context()
	ada := c.as(t, scenario.Ada)
	within := func(id int64, in bin.Encoder) bin.Encoder {
		return &tg.InvokeWithTakeoutRequest{TakeoutID: id, Query: object{in}}
	}
	begin := func() int64 {
		t.Helper()
		var takeout tg.AccountTakeout
		if err := ada.Invoke(ctx, &tg.AccountInitTakeoutSessionRequest{Files: true}, &takeout); err != nil {
			t.Fatal(err)
		}
		return takeout.ID
	}
	status := &tg.AccountUpdateStatusRequest{}
	wantError(t, ada.Invoke(ctx, within(1, status), &tg.BoolBox{}), "400 TAKEOUT_INVALID")
	wantError(t, ada.Invoke(ctx, within(0, status), &tg.BoolBox{}), "400 TAKEOUT_INVALID")
	first := begin()
	if err := ada.Invoke(ctx, within(first, status), &tg.BoolBox{}); err != nil {
		t.Error(err)
	}
	second := begin()
	wantError(t, ada.Invoke(ctx, within(first, status), &tg.BoolBox{}), "400 TAKEOUT_INVALID")
	end := &tg.AccountFinishTakeoutSessionRequest{Success: true}
	wantError(t, ada.Invoke(ctx, end, &tg.BoolBox{}), "403 TAKEOUT_REQUIRED")
	if err := ada.Invoke(ctx, within(second, end), &tg.BoolBox{}); err != nil {
		t.Error(err)
	}
	wantError(t, ada.Invoke(ctx, within(second, status), &tg.BoolBox{}), "400 TAKEOUT_INVALID")
}

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tgfetch/tgfetch/session"
)

func TestDCRows(t *testing.T) {
	got := dcRows([]session.DCOption{
		{ID: 203, IP: "10.0.0.9", Port: 443, CDN: true},
		{ID: 4, IP: "10.0.0.5", Port: 443, MediaOnly: true},
		{ID: 4, IP: "10.0.0.4", Port: 443},
		{ID: 4, IP: "2001:db8::4", Port: 443, IPv6: true},
		{ID: 1, IP: "10.0.0.1", Port: 80},
	})
	want := []*dcRow{
		{Event: "dc", DC: 1, Addresses: []string{"10.0.0.1:80"}},
		{Event: "dc", DC: 4, Addresses: []string{"10.0.0.4:443", "[2001:db8::4]:443"}},
		{Event: "dc", DC: 4, Addresses: []string{"10.0.0.5:443"}, Media: true},
		{Event: "dc", DC: 203, Addresses: []string{"10.0.0.9:443"}, CDN: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

package session

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		os.Exit(addKeys(dir, os.Getenv(childRangeEnv)))
	}
	goleak.VerifyTestMain(m)
}

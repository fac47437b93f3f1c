package session

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		os.Exit(addKeys(dir, os.Getenv(childRangeEnv)))
	}
	if spec := os.Getenv(killEnv); spec != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(spec))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

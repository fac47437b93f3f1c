package main

import (
	"errors"

	"golang.org/x/sys/unix"
)

// guardMemory keeps the keys in this process's memory out of core dumps and from other
// processes of the user. The hard limit stays: commands of the user's may raise theirs.
func guardMemory() error {
	var limit unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_CORE, &limit)
	if err == nil {
		limit.Cur = 0
		err = unix.Setrlimit(unix.RLIMIT_CORE, &limit)
	}
	return errors.Join(err, unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0))
}

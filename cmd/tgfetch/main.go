// Command tgfetch downloads the media behind Telegram links, as fast as the path allows, and either
// the file is complete and proven, or the command says why not.
//
//	tgfetch demo                                a demonstration against a simulated Telegram
//	tgfetch login
//	tgfetch https://t.me/durov/43 -P ~/Videos
//
// Data goes to stdout, talk to stderr. The exit codes are those of package exit, the objects of
// --json those of package report.
package main

import "os"

func main() {
	_ = guardMemory() // Some sandboxes refuse, and that is no reason to do nothing.
	dumpSafely(os.Stderr)
	os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

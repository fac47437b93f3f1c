package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
	"github.com/tgfetch/tgfetch/bench/simdc/simtest"
)

// running holds the simulator of each script that started one.
var running sync.Map // *testscript.TestScript → *simdc.Cluster

func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){"tgfetch": main})
}

// leakChecked fails a run that leaves goroutines behind.
type leakChecked struct{ *testing.M }

func (m leakChecked) Run() int {
	code := m.M.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}

// TestScript runs the real command against the simulator. Besides the standard ones, scripts have the
// conditions [ipv6], which says that the machine has it, and [turned:BELIEF], which says that the environment turns
// that belief of the simulator's round, and:
//
//	sim [SCENARIO]          start a simulator in this process and write cluster.json
//	env-of CLUSTER          set PHONE, CODE, PHONE2, CODE2, PASSWORD2 and BOT_TOKEN from a cluster file
//	waitfile FILE           wait until the file exists
//	code N tgfetch ARGS...  run the command and check its exit code; then stdout and stderr as after exec
//	sum FILE ID             check that FILE is the content of the simulator's file ID
//	jsonlines FILE          put the JSON lines of the last stdout into FILE, with what varies replaced
//	interrupt FILE N tgfetch ARGS...
//	                        run the command with a stdin that says nothing, send SIGINT when FILE is
//	                        there, check the exit code; its stderr goes to the file stderr.txt
//	interrupt-at TEXT N tgfetch ARGS...
//	                        the same when the command's stderr has a text
//	terminal FILE N tgfetch ARGS...
//	                        run the command with a terminal as stdin, type what FILE answers to its
//	                        questions, check the exit code; its stderr goes to the file stderr.txt
//	interrupt-twice FILE N tgfetch ARGS...
//	                        the same with a stdout that takes nothing and a second SIGINT when the
//	                        command has heard of the first
//	plain TEXT stdout|stderr|FILE...
//	                        check that nothing in them steers a terminal or forges a line, and that TEXT is
//	                        in one of them
//	empty DIR               check that DIR is missing or holds no finished file
//	asked N WHAT            check how many handshakes, imports or calls about messages
//	                        and chats, or connections (transport=NAME; unbound: without PFS; outside of an export) or
//	                        exports, or calls of one METHOD, the simulator saw
//	scan PHONE CODE PASSWORD N tgfetch ARGS...
//	                        run the command, accept the login token it shows with another client of that
//	                        account, check the exit code
//	links FILE PREFIX N     write a list of the links PREFIX1 to PREFIXN into FILE
//	proxy KIND              start a proxy of that kind, and set PROXY and PROXY_ADDR
//	asked-proxy REGEXP      check that the last proxy was asked, for such addresses alone
//	proxied                 check that all connections since the last time came through the proxy
//	scrape TEXT tgfetch ARGS...
//	                        run the command, with --metrics, until its metrics have a line that begins
//	                        so; then kill it
//	gotd FILE [PHONE CODE]  ask gotd's client on that session file who is logged in, after logging
//	                        in if a phone is given; the id goes to the file gotd.txt
//	tdata FOLDER PASSCODE FILE...
//	                        make a tdata folder with the logins of session strings
//	sqlite PROGRAM FILE STRING
//	                        make the session file of PROGRAM with the key of a session string
//	forget                  let the simulator forget what it saw
func TestScript(t *testing.T) {
	testscript.Run(t, scriptParams(filepath.Join("testdata", "script")))
}

// scriptParams are those of the scripts in a folder.
func scriptParams(dir string) testscript.Params {
	return testscript.Params{
		Dir:                 dir,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state"))
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "config"))
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if name, ok := strings.CutPrefix(cond, "turned:"); ok {
				return simtest.Turned(scenario.Belief(name)), nil
			}
			if cond != "ipv6" {
				return false, fmt.Errorf("unknown condition %q", cond)
			}
			l, err := net.Listen("tcp", "[::1]:0")
			if err != nil {
				return false, nil
			}
			return true, l.Close()
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sim":       cmdSim,
			"env-of":    cmdEnvOf,
			"waitfile":  cmdWaitFile,
			"code":      cmdCode,
			"sum":       cmdSum,
			"jsonlines": cmdJSONLines,
			"empty":     cmdEmpty,
			"plain":     cmdPlain,
			"asked":     cmdAsked,
			"interrupt": cmdInterrupt,

			"interrupt-at":    cmdInterruptAt,
			"terminal":        cmdTerminal,
			"interrupt-twice": cmdInterruptTwice,

			"links":  cmdLinks,
			"forget": cmdForget,
			"scan":   cmdScan,
			"scrape": cmdScrape,
			"gotd":   cmdGoTD,
			"tdata":  cmdTData,
			"sqlite": cmdSQLite,

			"proxy":   cmdProxy,
			"proxied": cmdProxied,

			"asked-proxy": cmdAskedProxy,
		},
	}
}

package hook

import (
	"errors"
	"strings"
	"testing"
)

// A path in what a program takes for code is refused, wherever that stands.
func TestPathsAreNoCode(t *testing.T) {
	for _, line := range []string{
		`sh -c 'echo {}'`, `/bin/bash -c "cp {} /there"`, `bash -lc 'x {}'`, `bash -ec 'x {}' sh {}`, `sh -c {}`, `sh -c`, `zsh -o pipefail -c 'x {}'`,
		`bash -c -o pipefail 'x {}'`, `bash -co pipefail 'x {}'`, `bash -c +x -- 'x {}'`, `bash -euo pipefail -c 'x {}'`, `bash -c -e 'x {}'`, `dash -c -- 'x {}'`, `ksh93 -c 'x {}'`, `bash-5.2 -c '{}'`,
		`fish -c 'x {}'`, `fish --command='x {}'`, `fish --command 'x {}'`, `fish -C 'x {}' -c y`, `busybox sh -c 'x {}'`, `env sh -c 'x {}'`, `env A=b -i sh -c 'x {}'`,
		`env -S 'sh -c {}'`, `env --split-string='x {}'`, `env -iS 'x {}'`, `sudo -u me sh -c 'x {}'`, `nice -n 5 bash -c 'x {}'`, `timeout 5 sh -c 'x {}'`,
		`docker run --rm img sh -c 'x {}'`, `find . -exec sh -c 'x {}' ;`, `mytool python3 -c 'x {}'`, `su me -c 'x {}'`, `su -c 'x {}' me`, `flock /lock -c 'x {}'`,
		`script -qc 'x {}' log`, `cmd /c echo {}`, `cmd.exe /C "echo {}"`, `"C:\\Windows\\System32\\cmd.exe" /c x.bat {}`, `powershell -Command "x {}"`, `pwsh -c x {}`, `powershell x {}`,
		`python -c 'print("{}")'`, `python3.12 -Ic 'x {}'`, `python3 -c'print("{}")'`, `perl -e 'x {}'`, `perl -lne 'x {}'`, `perl -E 'x {}'`, `ruby -e 'x {}'`, `ruby -ne 'x' -e 'y {}'`,
		`node -e 'x {}'`, `node --eval='x {}'`, `node -pe '{}'`, `deno eval 'x {}'`, `php -r 'x {};'`, `lua5.4 -e 'x {}'`, `osascript -e 'x {}'`, `Rscript -e 'x {}'`,
		`awk 'BEGIN { system("x {}") }'`, `gawk -e 'x {}'`, `sed 's/x/{}/e' list`, `sed -ne 's/x/{}/e' list`, `vim -c '!x {}'`, `vim '+!x {}'`, `emacs --eval '(x "{}")'`, `gdb -ex 'shell {}'`,
		`psql -c '\! {}'`, `sqlite3 my.db '.shell {}'`, `git -c 'alias.x=!x {}' x`, `ssh host cp {} /there`, `ssh host`, `watch ls {}`, `make FILE={}`, `sudo ssh host x {}`, `tmux new 'x {}'`,
		// The file itself is run, too, if that is what the command comes to.
		`sh {}`, `bash`, `bash -x {}`, `bash -euo pipefail {}`, `python3 {}`, `perl`, `node {}`, `sudo bash {}`, `env python3`,
		`sh ./{}`, `python3 -W ignore {}`, `python3 -X dev {}`, `perl -I lib {}`, `perl -MText::Wrap {}`, `perl -d:Trace {}`, `bash --rcfile x {}`, `bash -O extglob {}`, `ruby -I lib {}`, `node -C x {}`,
		`bun run {}`, `deno run --allow-read {}`, `bun {}`, `osascript -l JavaScript {}`, `nice {}`, `nice -n 5 {}`, `env {}`, `env A=b -u C {}`, `sudo {}`, `sudo -u me ./{}`, `timeout 5 {}`, `timeout -k 9 5 {}`,
		`flock L {}`, `nohup {}`, `sudo nice {}`, `stdbuf -oL {}`,
		// So are files of which an option says that they are code.
		`awk -f {}`, `awk -f{} x`, `gawk --file={} x`, `gawk -i {} p x`, `sed -f {}`, `sed -nf {} x`, `sed --file={} x`, `bash --rcfile {}`, `bash --init-file={} -i`, `node --require={} x.js`, `node -r {} x.js`,
		`node --import {} x.js`, `ruby -r{} x`, `ruby -r ./{} x`, `php -f {}`, `php -c {} x.php`, `vim -S {}`, `vim x -u {}`, `nvim -l {}`, `emacs --load {}`, `emacs --script={}`, `gdb -x {}`, `gdb -ix {} a`, `gdb --command={}`,
		`lldb -s {}`, `psql -f {}`, `sqlite3 -init {}`, `sqlite3 my.db -init {}`, `sqlite3 -cmd .shell{} x`, `duckdb -c {}`, `lua -l {} x`, `deno run --preload={} x`, `python3 -m {}`, `expect -f {}`, `sudo awk -f {} x`, `adb shell rm {}`, `adb -s d shell {}`,
	} {
		_, err := Parse(line)
		if code, ok := errors.AsType[*CodeError](err); !ok {
			t.Errorf("%s is accepted: %v", line, err)
		} else if text := code.Error(); !strings.Contains(text, "a sender chooses") || !strings.Contains(text, "argument") {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// A path that is an argument of its own, of code or of anything else, is welcome.
func TestPathsAreArguments(t *testing.T) {
	for _, line := range []string{
		`sh -c 'mv "$1" /there' sh {}`, `sh -c 'cp "$1" "$2"' sh {} out/{}.mp3`, `bash -c -o pipefail 'x "$1"' sh {}`, `bash -lc -- 'x' sh {}`, `sh script.sh {}`, `sh -x script.sh {}`,
		`sh -c 'x'`, `fish -c 'x $argv' {}`, `python3 -c 'import sys' {}`, `python3 -m json.tool {}`, `python3 script.py -c {}`, `perl -ne 'print' {}`, `perl -pe 's/a/b/' -i {}`,
		`ruby -rset -e 'x ARGV' {}`, `node -e 'x' {}`, `php -r 'x' -- {}`, `awk '{print FILENAME}' {}`, `awk -v f={} 'BEGIN { print f }'`, `awk -f prog {}`, `sed -i 's/a/b/' {}`, `sed -n -e p {}`,
		`vim {}`, `emacs {}`, `gdb {}`, `sqlite3 {} .tables`, `powershell -File x.ps1 {}`, `pwsh -NoProfile -f x.ps1 -Path {}`, `env A={} sh -c 'x "$A"'`, `sudo cp {} /there`, `ls -l`,
		`mpv --title={} {}`, `ffmpeg -i {} -c copy out/{}.mkv`, `tar -cf {}.tar {}`, `git add {}`, `scp {} host:`, `rsync -e ssh {} host:`, `cp {} /etc/ssh`, `flock /lock cp {} /there`,
		`docker run -v {}:/data img -c x`, `grep -e watch {}`,
		`adb push {} /sdcard/`, `flock L rsync -c {} host:`, `sed --file=p.sed {}`, `gawk --file=p.awk {}`, `rsync -t /srv/git/ -c {}`, `rsync -t /srv/r -e {}`, `x view -c {}`, `sed -ie 's/a/b/' {}`,
		`perl -MText::Wrap -ne 'print' {}`, `perl -MText::Wrap x.pl {}`, `python3 -W ignore x.py {}`, `python3 -mtimeit {}`, `bash --rcfile x y.sh {}`, `bun run x.js {}`, `nice -n 5 cp {} /there`, `timeout 5 cp {} x`,
		`env A={} cp x y`, `sudo -n cp {} x`, `docker cp {} c:/x`, `node --require=x y.js {}`, `vim -S x.vim {}`, `gdb -x x.gdb {}`, `sqlite3 -init x.sql {}`, `sqlite3 -batch {} .tables`, `sh '' {}`, `sqlite3 '' {}`, `x '' - -- {}`, `awk -vOFS=e 'x' {}`, `strace -e open cp {} x`,
	} {
		args, err := Split(line)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(line, "{}") {
			args = append(args, "{}")
		}
		if err := checkCode(args); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestTheErrorSaysWhatToWrite(t *testing.T) {
	for line, want := range map[string]string{
		`sh -c 'echo {}'`: `sh takes this for a command, and a sender chooses the file's name and contents; give the path as an argument of its own: sh -c '… "$1"' sh {}`,
		`python3 {}`:      "python3 would run the file itself, and a sender chooses the file's name and contents; call a script of your own that takes the path as an argument",
	} {
		if _, err := Parse(line); err == nil || err.Error() != want {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestBatchFiles(t *testing.T) {
	for program, want := range map[string]bool{`C:\x\npm.CMD`: true, "a.bat": true, "a.bat. ": true, "a.exe": false, "bat": false, "x.bat.exe": false} {
		if isBatch(program) != want {
			t.Errorf("%s: %v", program, !want)
		}
	}
}

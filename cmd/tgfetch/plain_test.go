package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gotd/td/tgerr"

	"github.com/tgfetch/tgfetch/bench"
	"github.com/tgfetch/tgfetch/bench/report"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/export"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/field"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/hook"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/settings"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/template"
	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/dcpool/filedata"
	"github.com/tgfetch/tgfetch/dcpool/proxy"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/fetcher/plain/plaintest"
	"github.com/tgfetch/tgfetch/session"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

// errorTypes are the exported types of errors of every package that the command uses.
var errorTypes = []reflect.Type{
	reflect.TypeFor[fetcher.UnreadableError](), reflect.TypeFor[fetcher.ItemError](), reflect.TypeFor[fetcher.VerifyError](),
	reflect.TypeFor[fetcher.BusyError](), reflect.TypeFor[fetcher.MigrationError](), reflect.TypeFor[fetcher.ReferenceError](),
	reflect.TypeFor[fetcher.CallerError](), reflect.TypeFor[fetcher.InviteError](), reflect.TypeFor[fetcher.LinkError](),
	reflect.TypeFor[fetcher.SkipError](), reflect.TypeFor[fetcher.TakeoutDelayError](),
	reflect.TypeFor[dcpool.FloodError](), reflect.TypeFor[dcpool.UnknownDCError](), reflect.TypeFor[dcpool.MigrationLoopError](),
	reflect.TypeFor[dcpool.UnreachableError](), reflect.TypeFor[dcpool.UnknownKeyError](), reflect.TypeFor[dcpool.WrongDCError](),
	reflect.TypeFor[dcpool.LostError](), reflect.TypeFor[dcpool.LogOutError](), reflect.TypeFor[dcpool.BindError](),
	reflect.TypeFor[proxy.Error](), reflect.TypeFor[proxy.DisguiseError](), reflect.TypeFor[filedata.LengthError](),
	reflect.TypeFor[session.DamagedError](), reflect.TypeFor[session.PassphraseError](), reflect.TypeFor[ownfile.Refusal](),
	reflect.TypeFor[bench.BudgetError](), reflect.TypeFor[bench.TimeError](), reflect.TypeFor[dcpool.DecodeError](), reflect.TypeFor[report.WrongError](),
	reflect.TypeFor[exit.PaymentError](), reflect.TypeFor[exit.LoginFloodError](), reflect.TypeFor[exit.PasswordError](),
	reflect.TypeFor[exit.UsageError](), reflect.TypeFor[exit.Coded](), reflect.TypeFor[exit.Reported](),
	reflect.TypeFor[settings.Error](), reflect.TypeFor[field.UnknownError](), reflect.TypeFor[export.SkipError](),
	reflect.TypeFor[template.Error](), reflect.TypeFor[hook.CodeError](),
}

// An error that ends a command, or an item, is one plain line, whatever others wrote into it. A type of
// error that is added later belongs to the list.
func TestEveryErrorIsPlain(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, typ := range errorTypes {
		listed[typ.PkgPath()+"."+typ.Name()] = true
	}
	for _, name := range exportedErrors(t) {
		if !listed[name] {
			t.Errorf("%s is in no list of this test: add it", name)
		}
	}
	long := strings.Repeat(plaintest.Text(), 200)
	for _, text := range []string{plaintest.Text(), long} {
		errs := []error{
			tgerr.New(400, text), fmt.Errorf("login: %w", tgerr.New(500, text)), errors.Join(errors.New(text), errors.New(text)),
			&os.PathError{Op: text, Path: text, Err: errors.New(text)},
		}
		for _, typ := range errorTypes {
			v := reflect.New(typ)
			plaintest.Fill(v.Interface(), text)
			err, ok := v.Interface().(error)
			if !ok {
				err = v.Elem().Interface().(error)
			}
			errs = append(errs, err)
		}
		for _, err := range errs {
			checkPrinted(t, err)
		}
	}
	checkPrinted(t, errors.New(plaintest.Long()))
}

// checkPrinted prints an error in every form and looks at the bytes.
func checkPrinted(t *testing.T, err error) {
	t.Helper()
	for _, asJSON := range []bool{false, true} {
		var out, talk bytes.Buffer
		a := newApp(strings.NewReader(""), &out, &talk)
		a.flags.json = asJSON
		a.printError(err)
		a.say("%s: %v", err.Error(), err)
		for stream, text := range map[string]string{"stdout": out.String(), "stderr": talk.String()} {
			if left := plaintest.Left(text); left != "" {
				t.Errorf("%T on %s: %s in %.300q", err, stream, left, text)
			}
			if lines := strings.Count(text, "\n"); lines > 2 || len(text) > 1<<20 {
				t.Errorf("%T on %s: %d lines, %d bytes", err, stream, lines, len(text))
			}
		}
		if line := out.Bytes(); len(line) > 0 && !json.Valid(line) {
			t.Errorf("%T: no JSON: %.300q", err, line)
		}
	}
}

// exportedErrors finds the exported types that have a method Error in packages that users or the command
// import.
func exportedErrors(t *testing.T) []string {
	t.Helper()
	var names []string
	for dir := range packages(t) {
		if strings.Contains(dir, "internal/") && !strings.HasPrefix(dir, "cmd/tgfetch/internal/") {
			continue
		}
		eachFile(t, dir, func(_ string, f *ast.File) {
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || fn.Name.Name != "Error" || fn.Recv == nil || fn.Type.Params.NumFields() > 0 {
					continue
				}
				of := fn.Recv.List[0].Type
				if star, ok := of.(*ast.StarExpr); ok {
					of = star.X
				}
				if id, ok := of.(*ast.Ident); ok && id.IsExported() {
					names = append(names, path.Join(module, dir)+"."+id.Name)
				}
			}
		})
	}
	if len(names) < 30 {
		t.Fatalf("only %d types of errors found: this test looks at nothing", len(names))
	}
	return names
}

// eachFile visits the Go files of a package, tests left out.
func eachFile(t *testing.T, dir string, visit func(file string, f *ast.File)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root(), filepath.FromSlash(dir), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		visit(filepath.Base(file), f)
	}
}

// Whatever the command writes goes through package plain: nothing formats straight to a stream, encodes
// JSON, or makes a handler of logs in another way.
func TestOneGateForText(t *testing.T) {
	t.Parallel()
	calls := 0
	for dir := range packages(t) {
		if dir != "cmd/tgfetch" && !strings.HasPrefix(dir, "cmd/tgfetch/internal/") {
			continue
		}
		eachFile(t, dir, func(file string, f *ast.File) {
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				calls++
				switch name := dotted(call.Fun); {
				case strings.HasPrefix(name, "fmt.Print"), name == "json.NewEncoder", name == "println":
					t.Errorf("%s/%s calls %s; package plain has what is meant", dir, file, name)
				case strings.HasPrefix(name, "fmt.Fprint") && isStream(dotted(call.Args[0])):
					t.Errorf("%s/%s calls %s on %s; call plain.Fprintf", dir, file, name, dotted(call.Args[0]))
				case file != "app.go" && (strings.HasPrefix(name, "tint.New") || strings.HasPrefix(name, "slog.New")):
					t.Errorf("%s/%s calls %s; the logger of the app makes values plain", dir, file, name)
				}
				return true
			})
			ast.Inspect(f, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if ok && file != "main.go" && slices.Contains([]string{"os.Stdout", "os.Stderr"}, dotted(sel)) {
					t.Errorf("%s/%s uses %s; the app has the streams", dir, file, dotted(sel))
				}
				return true
			})
		})
	}
	if calls < 1000 {
		t.Fatalf("only %d calls found: this test looks at nothing", calls)
	}
}

// isStream reports whether a name is that of a stream to people, and none of a buffer.
func isStream(name string) bool {
	last := name[strings.LastIndex(name, ".")+1:]
	return slices.Contains([]string{"talk", "out", "screen"}, last)
}

// dotted writes an expression such as a.b.c; else empty.
func dotted(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return dotted(e.X) + "." + e.Sel.Name
	}
	return ""
}

// The logs of -v and --log-file are plain, their messages and values.
func TestLogsArePlain(t *testing.T) {
	t.Parallel()
	for _, text := range []string{plaintest.Text(), plaintest.Long()} {
		var talk bytes.Buffer
		a := newApp(strings.NewReader(""), &bytes.Buffer{}, &talk)
		a.flags.verbose = true
		a.flags.logFile = filepath.Join(t.TempDir(), "log")
		if err := a.openLog(); err != nil {
			t.Fatal(err)
		}
		a.logger().With("chat", text).Warn(text, "err", errors.New(text), "list", []string{text}, "name", text)
		a.closeLog()
		file, err := os.ReadFile(a.flags.logFile)
		if err != nil {
			t.Fatal(err)
		}
		for where, got := range map[string]string{"-v": talk.String(), "--log-file": string(file)} {
			if left := plaintest.Left(got); left != "" || strings.Count(got, "\n") != 1 || len(got) > 1<<20 || !strings.Contains(got, "before") {
				t.Errorf("%s: %q, %d lines, %d bytes in %.300q", where, left, strings.Count(got, "\n"), len(got), got)
			}
		}
	}
}

package pick

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/field"
)

// Expr is a condition on files in the language of expr-lang.org, with the fields that are known
// before the download as its variables. It is a flag's value; the zero value wants every file.
type Expr struct {
	text    string
	program *vm.Program
}

func (e *Expr) String() string { return e.text }

func (e *Expr) Type() string { return "EXPR" }

// Set compiles a condition. What is not a condition, compares what cannot be compared or names what
// is no field is an error that says where.
func (e *Expr) Set(text string) error {
	program, err := expr.Compile(text,
		expr.Env(environment(field.Item{})), expr.AsBool(), expr.ConstExpr("bytes"), expr.ConstExpr("when"),
	)
	if err != nil {
		return exprError(err)
	}
	*e = Expr{text: text, program: program}
	return nil
}

// Wants reports whether a file meets the condition.
func (e *Expr) Wants(item field.Item) (bool, error) {
	if e.program == nil {
		return true, nil
	}
	yes, err := expr.Run(e.program, environment(item))
	if err != nil {
		return false, fmt.Errorf("--filter %s: %w", e.text, exprError(err))
	}
	return yes == true, nil
}

// environment is what a condition may name: the fields, and functions that read values as flags do.
func environment(item field.Item) map[string]any {
	env := map[string]any{"bytes": toBytes, "when": toTime}
	for _, f := range field.Early() {
		env[f.Name] = f.Value(item)
	}
	return env
}

// exprError puts the library's error on one line; its drawing of the place needs several.
func exprError(err error) error {
	at, ok := errors.AsType[*file.Error](err)
	if !ok {
		return errors.New(strings.Join(strings.Fields(err.Error()), " "))
	}
	reason := at.Message
	if name, ok := strings.CutPrefix(reason, "unknown name "); ok {
		_, unknown := field.Find(field.Early(), name)
		reason = unknown.Error()
	}
	return fmt.Errorf("at character %d: %s", at.Column+1, strings.Join(strings.Fields(reason), " "))
}

// toBytes makes "5M" a number.
func toBytes(text string) (int64, error) {
	var s Size
	err := s.Set(text)
	return s.Bytes, err
}

// toTime makes "2026-01-31" or "7d" a time.
func toTime(text string) (time.Time, error) {
	var m Moment
	err := m.Set(text)
	return m.Time, err
}

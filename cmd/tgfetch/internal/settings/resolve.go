package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/pflag"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/typo"
	"github.com/tgfetch/tgfetch/session/ownfile"
)

// Value is one setting and where it comes from.
type Value struct {
	Name  string // as in the configuration file
	Value string
	From  string // "default", the flag, the environment variable, or the file
}

// FromDefault is Value.From of a setting that nobody set.
const FromDefault = "default"

// Resolve gives every flag that is not on the command line the value of its environment variable,
// else that of the configuration file at path, and says where each value comes from, in the order of
// flags. What is set here does not count as changed by the user.
//
// Errors: [*Error].
func Resolve(flags []*pflag.Flag, getenv func(string) string, path string) ([]Value, error) {
	file, err := readFile(path)
	if err != nil {
		return nil, err
	}
	var values []Value
	for _, f := range flags {
		key := Key(f.Name)
		inFile, isInFile := file[key]
		delete(file, key)
		v := Value{Name: key, From: FromDefault}
		switch fromEnv := getenv(EnvName(f.Name)); {
		case f.Changed:
			v.From = "--" + f.Name
		case fromEnv != "":
			v.From = EnvName(f.Name)
			err = set(f, EnvName(f.Name), fromEnv)
		case isInFile:
			v.From = path
			err = set(f, path+": "+key, inFile...)
		}
		if err != nil {
			return nil, err
		}
		v.Value = f.Value.String()
		values = append(values, v)
	}
	if unknown := slices.Sorted(maps.Keys(file)); len(unknown) > 0 {
		var keys []string
		for _, f := range flags {
			keys = append(keys, Key(f.Name))
		}
		return nil, &Error{path, fmt.Sprintf("unknown setting %q%s; tgfetch help config says what there is", unknown[0], typo.Hint(unknown[0], keys))}
	}
	return values, nil
}

// Key is a flag's name in the configuration file.
func Key(flag string) string { return strings.ReplaceAll(flag, "-", "_") }

// EnvName is a flag's environment variable.
func EnvName(flag string) string { return "TGFETCH_" + strings.ToUpper(Key(flag)) }

// set gives a flag its value; a flag that takes several gets them one by one.
func set(f *pflag.Flag, where string, values ...string) error {
	for _, v := range values {
		if err := f.Value.Set(v); err != nil {
			return &Error{where, fmt.Sprintf("%q is not a valid value (%s)", v, cause(err))}
		}
	}
	return nil
}

// cause is the last link of a chain of errors: a person needs no name of a function.
func cause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// readFile reads the configuration file into strings: each key with its value, or values.
func readFile(path string) (map[string][]string, error) {
	var raw map[string]any
	data, err := ownfile.ReadOwn(ownfile.Config, path)
	if err == nil {
		_, err = toml.Decode(string(data), &raw)
	}
	bad, malformed := errors.AsType[toml.ParseError](err)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case malformed:
		return nil, &Error{path, fmt.Sprintf("line %d: %s; correct or remove it", bad.Position.Line, bad.Message)}
	case err != nil:
		return nil, &Error{path, err.Error()}
	}
	file := make(map[string][]string, len(raw))
	for key, value := range raw {
		switch value := value.(type) {
		case []any:
			for _, v := range value {
				file[key] = append(file[key], fmt.Sprint(v))
			}
		case string, int64, float64, bool:
			file[key] = []string{fmt.Sprint(value)}
		default:
			return nil, &Error{path, fmt.Sprintf("%s: not a word, a number, true or false", key)}
		}
	}
	return file, nil
}

package plain

import "log/slog"

// Attr makes a value of a log plain: it is a [slog.HandlerOptions.ReplaceAttr]. Times, levels and
// numbers stay as they are.
func Attr(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(Text(a.Value.String()))
	case slog.KindAny:
		switch v := a.Value.Any().(type) {
		case slog.Level, *slog.Source:
		default:
			a.Value = slog.AnyValue(value(v))
		}
	}
	return a
}

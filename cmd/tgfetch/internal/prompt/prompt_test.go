package prompt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestAnswersFromAPipe(t *testing.T) {
	var talk bytes.Buffer
	p := New(strings.NewReader(" +1555 \r\n12345\n pass word \nlast"), &talk)
	for _, c := range []struct {
		ask  func(context.Context, string) (string, error)
		want string
	}{
		{p.Line, "+1555"},
		{p.Line, "12345"},
		{p.Secret, " pass word "}, // spaces may be part of a password
		{p.Line, "last"},          // no newline at the end
	} {
		got, err := c.ask(t.Context(), "Question")
		if err != nil || got != c.want {
			t.Errorf("answer %q, %v; want %q", got, err, c.want)
		}
	}
	if _, err := p.Line(t.Context(), "One more"); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("at the end of the input: %v, want ErrNoAnswer", err)
	}
	if got := talk.String(); !strings.HasPrefix(got, "Question: \n") || !strings.HasSuffix(got, "One more: \n") {
		t.Errorf("questions shown: %q", got)
	}
}

func TestCancelledQuestionReturnsAtOnce(t *testing.T) {
	r, w := io.Pipe() // never answers
	defer w.Close()
	stopped := errors.New("stopped")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stopped)
	if _, err := New(r, io.Discard).Line(ctx, "Question"); !errors.Is(err, stopped) {
		t.Errorf("error %v, want the cause of the context", err)
	}
}

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/exit"
	"github.com/tgfetch/tgfetch/cmd/tgfetch/internal/report"
	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/fetcher/plain"
)

func newVerify(a *app) *cobra.Command {
	var noRepair bool
	cmd := &cobra.Command{
		Use:   "verify PATH... [LINK]",
		Short: "Compare files with Telegram's hashes, and repair what is wrong",
		Long: `Compare files on disk with the hashes that Telegram has of them. Only what is
wrong is downloaded again. A repair never leaves a worse file: right bytes are
not touched, and wrong ones are replaced by such as match their hash.

The link says what a file is to be; without one, the file's NAME.info.json does,
which --write-info-json leaves. The exit code is 0 if all files are right in the
end, 6 if one is wrong or has no hashes, 4 if one is not there, or nothing says
where it is from.`,
		Example: `  tgfetch verify video.mp4
  tgfetch verify --no-repair *.mp4
  tgfetch verify video.mp4 https://t.me/name/123`,
		RunE: func(cmd *cobra.Command, args []string) error {
			paths, link, err := splitLink(args)
			if err != nil {
				return err
			}
			return a.verify(cmd.Context(), paths, link, !noRepair)
		},
	}
	cmd.Flags().BoolVar(&noRepair, "no-repair", false, "only compare")
	return cmd
}

// splitLink takes the link off the end of the arguments. A file of that name comes first.
func splitLink(args []string) (paths []string, link *fetcher.Link, err error) {
	if len(args) > 1 {
		last := args[len(args)-1]
		if _, err := os.Lstat(last); err != nil {
			if parsed, err := fetcher.ParseLink(last); err == nil {
				return args[:len(args)-1], &parsed, nil
			}
		}
	}
	if len(args) == 0 {
		return nil, nil, &exit.UsageError{Text: "say which files: tgfetch verify PATH... [LINK]"}
	}
	return args, nil, nil
}

// verdictRow is what became of one file, as --json prints it.
type verdictRow struct {
	Event    string          `json:"event"`
	Path     string          `json:"path"`
	Size     int64           `json:"size"`
	Proven   int64           `json:"proven"`
	Repaired []fetcher.Range `json:"repaired,omitempty"`
	Bad      []fetcher.Range `json:"bad,omitempty"`
	Unproven []fetcher.Range `json:"unproven,omitempty"`
	Excess   int64           `json:"excess,omitempty"`
	OK       bool            `json:"ok"`
}

// verify compares the files one after the other. One that is wrong stops no other.
func (a *app) verify(ctx context.Context, paths []string, link *fetcher.Link, repair bool) (err error) {
	client, closeClient, err := a.newClient(ctx, fetcher.Limits{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeClient()) }()
	var codes []exit.Code
	subjects := subjectsOf(paths, link)
	of := findAll(ctx, client, subjects)
	for _, s := range subjects {
		path := s.path
		verdict, err := verifyOne(ctx, client, s, of, repair)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			code := exit.Of(err)
			e := report.Error{File: path, Error: a.explain(err), Code: int(code), Cause: code.String()}
			if a.flags.json {
				report.NewJSON(a.out, 0).Error(e)
			}
			plain.Fprintf(a.talk, "%s\n", report.ErrorLine(e))
			codes = append(codes, code)
			continue
		case !verdict.OK():
			codes = append(codes, exit.Verify)
		}
		if err := a.sayVerdict(path, verdict); err != nil {
			return err
		}
	}
	if code := exit.Combine(codes...); code != exit.OK {
		return &exit.Reported{Code: code}
	}
	return nil
}

// verifyOne compares one file with what its link holds.
func verifyOne(ctx context.Context, client *fetcher.Client, s subject, of map[lookup]held, repair bool) (fetcher.Verdict, error) {
	if s.err != nil {
		return fetcher.Verdict{}, s.err
	}
	there := of[s.lookup]
	f, known, ok := whichFile(there.files, s.path, s.info)
	if !ok {
		return fetcher.Verdict{}, cmp.Or(there.err, fmt.Errorf("%s holds no such file: %w", s.link, fetcher.ErrNotFound))
	}
	return client.Verify(ctx, f, s.path, fetcher.VerifyOptions{Repair: repair, Known: known})
}

// sayVerdict says what a file is like, and what was done about it.
func (a *app) sayVerdict(path string, v fetcher.Verdict) error {
	if a.flags.json {
		return plain.Encode(a.out, verdictRow{
			Event: "verify", Path: path, Size: v.Size, Proven: v.Proven,
			Repaired: v.Repaired, Bad: v.Bad, Unproven: v.Unproven, Excess: v.Excess, OK: v.OK(),
		})
	}
	for _, part := range []struct {
		ranges []fetcher.Range
		what   string
	}{
		{v.Repaired, "repaired"},
		{v.Bad, "wrong"},
		{v.Unproven, "not proven, Telegram has no hashes"},
	} {
		for _, r := range part.ranges {
			if _, err := plain.Fprintf(a.out, "%s: bytes %d to %d %s\n", path, r.From, r.To-1, part.what); err != nil {
				return err
			}
		}
	}
	state := "right"
	switch {
	case v.Excess > 0:
		state = report.Size(v.Excess) + " too long"
	case len(v.Bad) > 0:
		state = "wrong"
	case len(v.Unproven) > 0:
		state = "not proven"
	}
	_, err := plain.Fprintf(a.out, "%s: %s, %s of %s proven\n", path, state, report.Size(v.Proven), report.Size(v.Size))
	return err
}

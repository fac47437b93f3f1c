package fetcher

import (
	"context"

	"github.com/tgfetch/tgfetch/cdn"
	"github.com/tgfetch/tgfetch/chunker"
)

// readAround reads dst from the file's own data center, with all of the windows
// over it: one that reaches beyond dst can be checked only so. Telegram's windows
// never do.
func (r *remote) readAround(ctx context.Context, v view, over []cdn.Window, offset int64, dst *space) (int, error) {
	from, to := over[0].Offset, over[len(over)-1].End()
	from -= from % chunker.Grain
	to = min((to+chunker.Grain-1)/chunker.Grain*chunker.Grain, r.file.Size)
	// Up to two windows are beside what the budget knows of.
	select {
	case r.c.around <- struct{}{}:
		defer func() { <-r.c.around }()
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	data := make([]byte, to-from)
	var bad []cdn.Window
	for range 1 + maxRefetch {
		for at := from; at < to; {
			end := min(at-at%chunker.Block+chunker.Block, to)
			if _, err := r.readFile(ctx, v, at, ownSpace(data[at-from:end-from]), false); err != nil {
				return 0, err
			}
			at = end
		}
		if bad = cdn.Check(data, from, over); len(bad) == 0 {
			dst.prove(offset, offset+int64(dst.size))
			return copy(dst.bytes(), data[offset-from:]), nil
		}
		r.refetched.Add(to - from)
	}
	return 0, r.contradicts(bad[0])
}

package live

import (
	"context"
	"slices"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/dcpool"
	"github.com/tgfetch/tgfetch/fetcher"
)

// Why questions about files are not asked.
const (
	noFile   cannot = "no file here: give a link to one"
	noLarge  cannot = "no file of 1 MiB or more here: give a link to one"
	noOdd    cannot = "every file here ends with a whole window: give a link to another"
	noPhoto  cannot = "no photo here: give a link to one"
	noHashes cannot = "the server states no hashes of the files here: give a link to another"
	noCDN    cannot = "no file here comes from a CDN: give a link to a large file of a public channel with many readers"
)

// tries is of how many files the same is asked until one can answer, moves how
// often a file may be said to be elsewhere.
const (
	tries = 4
	moves = 4
)

// ofFile asks something about a file where it is.
func (a *asker) ofFile(ctx context.Context, f *fetcher.File, in bin.Encoder, out bin.Decoder, size int) error {
	var err error
	for range moves {
		err = a.do(ctx, dcpool.Target{DC: f.DC, Kind: dcpool.Media, Bytes: size}, in, out)
		dc, moved := dcpool.FileMigrated(err)
		if !moved {
			break
		}
		f.DC = dc
	}
	return err
}

// hashes asks for the hash windows of a file from an offset on.
func (a *asker) hashes(ctx context.Context, f *fetcher.File, at int64) ([]tg.FileHash, error) {
	var answer tg.FileHashVector
	err := a.ofFile(ctx, f, &tg.UploadGetFileHashesRequest{Location: f.Location, Offset: at}, &answer, 0)
	return answer.Elems, err
}

// hashed asks the first of these documents of which the server has hashes.
func (a *asker) hashed(ctx context.Context, list []fetcher.File, at func(fetcher.File) int64) (fetcher.File, []tg.FileHash, error) {
	var last error = noHashes
	for _, f := range list[:min(len(list), tries)] {
		answer, err := a.hashes(ctx, &f, at(f))
		switch {
		case err == nil && len(answer) > 0:
			return f, answer, nil
		case err != nil:
			last = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	return fetcher.File{}, nil, last
}

// windows asks how many windows an answer holds.
func (a *asker) windows(ctx context.Context) error {
	list := slices.DeleteFunc(slices.Clone(a.files.documents), func(f fetcher.File) bool { return f.Size <= batch*window })
	if len(list) == 0 {
		return noLarge
	}
	_, answer, err := a.hashed(ctx, list, func(fetcher.File) int64 { return 0 })
	if err == nil {
		a.saw(hashBatch, judgeBatch(answer))
	}
	return err
}

// lastWindow asks for the end of a file that is no multiple of a window.
func (a *asker) lastWindow(ctx context.Context) error {
	list := slices.DeleteFunc(slices.Clone(a.files.documents), func(f fetcher.File) bool { return f.Size%window == 0 })
	switch {
	case len(a.files.documents) == 0:
		return noFile
	case len(list) == 0:
		return noOdd
	}
	f, answer, err := a.hashed(ctx, list, func(f fetcher.File) int64 { return lastStart(f.Size) })
	if err == nil {
		a.saw(lastWindow, judgeLastWindow(f.Size, answer))
	}
	return err
}

// photo asks for the hashes of a photo.
func (a *asker) photo(ctx context.Context) error {
	if len(a.files.photos) == 0 {
		return noPhoto
	}
	answer, err := a.hashes(ctx, &a.files.photos[0], 0)
	if err == nil {
		a.saw(photoHashes, judgePhoto(answer))
	}
	return err
}

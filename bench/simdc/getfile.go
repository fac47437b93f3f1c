package simdc

import (
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// registerFiles adds the methods that read files on their own DC.
// https://core.telegram.org/api/files#downloading-files
func registerFiles(m methods) {
	add(m, anyDC, (*call).getFile)
	add(m, anyDC, (*call).getFileHashes)
}

const (
	// block is the unit that one answer may not reach across.
	block = 1 << 20
	// grain is what offsets and limits are multiples of; preciseGrain the
	// same for precise requests.
	grain        = 4 << 10
	preciseGrain = 1 << 10
)

// checkRange applies the rules for offset and limit.
// https://core.telegram.org/api/files#downloading-files
func checkRange(offset int64, limit int, precise bool) error {
	unit := grain
	if precise {
		unit = preciseGrain
	}
	switch {
	case offset < 0 || offset%int64(unit) != 0:
		return fail(400, "OFFSET_INVALID")
	case limit <= 0 || limit > block || limit%unit != 0,
		!precise && block%limit != 0,
		offset/block != (offset+int64(limit)-1)/block:
		return fail(400, "LIMIT_INVALID")
	}
	return nil
}

// located is a file, or a variant of it, that may be read here.
type located struct {
	file    *file
	variant string
	content int64
	size    int64
}

// locate resolves a location, checks that its holder may read it and that it
// is on this DC.
func (c *call) locate(in tg.InputFileLocationClass) (located, error) {
	var id, hash int64
	var reference []byte
	var thumb string
	photo := false
	switch in := in.(type) {
	case *tg.InputDocumentFileLocation:
		id, hash, reference, thumb = in.ID, in.AccessHash, in.FileReference, in.ThumbSize
	case *tg.InputPhotoFileLocation:
		id, hash, reference, thumb = in.ID, in.AccessHash, in.FileReference, in.ThumbSize
		photo = true
	default:
		f, size := c.pictured(in)
		switch {
		case f == nil:
			return located{}, fail(400, "LOCATION_INVALID")
		case f.DC != c.dc.ID:
			return located{}, fail(303, "FILE_MIGRATE_%d", f.DC)
		}
		return f.variant(size)
	}
	f := c.cluster.world.files[id]
	switch {
	case f == nil:
		return located{}, fail(400, "FILE_ID_INVALID")
	case hash != c.cluster.world.accessHash(f), photo != (f.Kind == scenario.KindPhoto):
		return located{}, fail(400, "LOCATION_INVALID")
	case f.DC != c.dc.ID:
		return located{}, fail(303, "FILE_MIGRATE_%d", f.DC)
	}
	if err := c.cluster.world.checkReference(f, reference); err != nil {
		return located{}, err
	}
	if thumb == "" && !photo {
		return located{file: f, content: f.ID, size: int64(f.Size)}, nil
	}
	return f.variant(thumb)
}

// variant is one of the file's sizes.
func (f *file) variant(name string) (located, error) {
	list := f.variants()
	if f.Kind == scenario.KindPhoto {
		list = append(list, f.pictureSizes()...)
		if f.Motion > 0 {
			list = append(list, variant{name: motion, size: int64(f.Motion)})
		}
	}
	for _, v := range list {
		if v.name == name {
			return located{file: f, variant: name, content: f.variantID(name), size: v.size}, nil
		}
	}
	return located{}, fail(400, "LOCATION_INVALID")
}

// length returns how many bytes an answer to a range holds: fewer at the end
// of the file, none behind it.
func (l located) length(offset int64, limit int) int {
	return int(min(max(l.size-offset, 0), int64(limit)))
}

func (c *call) getFile(r *tg.UploadGetFileRequest) (bin.Encoder, error) {
	if err := checkRange(r.Offset, r.Limit, r.Precise); err != nil {
		return nil, err
	}
	l, err := c.locate(r.Location)
	if err != nil {
		return nil, err
	}
	if r.CDNSupported && l.file.CDN && l.variant == "" || c.strike.Do == scenario.DoRedirect {
		return c.cdnRedirect(l.file), nil
	}
	if r.Offset > 0 && r.Offset >= l.size && c.cluster.world.scenario.Turns(scenario.EmptyBehindEnd) {
		return nil, fail(400, "OFFSET_INVALID")
	}
	data := c.fileData(l, r.Offset, r.Limit)
	if c.account != nil {
		if err := c.account.reads.read(c.account.Allowance, data.length, time.Now()); err != nil {
			return nil, err
		}
	}
	c.note.readRange(l, r.Offset, r.Limit, data.length)
	return &fileAnswer{kind: l.file.storage(), date: baseDate, data: data}, nil
}

func (c *call) getFileHashes(r *tg.UploadGetFileHashesRequest) (bin.Encoder, error) {
	if r.Offset < 0 {
		return nil, fail(400, "OFFSET_INVALID")
	}
	l, err := c.locate(r.Location)
	if err != nil {
		return nil, err
	}
	if l.file.NoHashes || l.file.Kind == scenario.KindPhoto && c.cluster.world.scenario.Turns(scenario.PhotoHashes) {
		return &tg.FileHashVector{}, nil
	}
	return &tg.FileHashVector{Elems: c.hashes(l, r.Offset, c.cluster.hashBatch())}, nil
}

// hashes returns up to n windows from the one that holds the offset. The last
// of a file covers what is left but states the full length, like all others.
func (c *call) hashes(l located, offset int64, n int) []tg.FileHash {
	if c.strike.Do == scenario.DoEmpty {
		return nil
	}
	var out []tg.FileHash
	for off := offset / HashWindow * HashWindow; off < l.size && len(out) < n; off += HashWindow {
		sum, length := windowHash(l.content, off, l.size)
		if !c.cluster.world.scenario.Turns(scenario.FullLastWindow) {
			length = HashWindow
		}
		out = append(out, tg.FileHash{Offset: off, Limit: length, Hash: sum[:]})
	}
	return out
}

// fileData applies the faults that spoil bytes to a range.
func (c *call) fileData(l located, offset int64, limit int) fileData {
	d := fileData{content: l.content, offset: offset, length: l.length(offset, limit), flip: -1}
	switch n := max(c.strike.Bytes, 1); c.strike.Do {
	case scenario.DoShort:
		d.length = max(d.length-n, 0)
	case scenario.DoEmpty:
		d.length = 0
	case scenario.DoLong:
		d.length += n
	case scenario.DoSize:
		d.wrong = true
	case scenario.DoFlip:
		if d.length > 0 {
			d.flip = int(min(max(c.strike.at-offset, 0), int64(d.length)-1))
		}
	}
	return d
}

// subject returns the file range that a request is about, for the faults;
// zeros if it is about none.
func (w *world) subject(request any) (id, offset int64, limit int) {
	switch r := request.(type) {
	case *tg.UploadGetFileRequest:
		switch in := r.Location.(type) {
		case *tg.InputDocumentFileLocation:
			id = in.ID
		case *tg.InputPhotoFileLocation:
			id = in.ID
		case *tg.InputPeerPhotoFileLocation:
			id = in.PhotoID
		}
		return id, r.Offset, r.Limit
	case *tg.UploadGetCDNFileRequest:
		if f, ok := w.tokenFile(fileToken, r.FileToken); ok {
			return f.ID, r.Offset, r.Limit
		}
	}
	return 0, 0, 0
}

package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/tgfetch/tgfetch/dcpool/cluster"
)

// expected counts, by SHA-256, the files that a run must bring.
func expected(access cluster.Cluster, chat string) (digests map[string]int, bytes int64, err error) {
	digests = map[string]int{}
	for _, link := range access.Links {
		if !strings.HasPrefix(link.URL, "https://t.me/"+chat+"/") {
			continue
		}
		if link.SHA256 == "" {
			return nil, 0, fmt.Errorf("%s: the scenario needs the sha256 of a file this large", link.URL)
		}
		digests[link.SHA256]++
		bytes += link.Size
	}
	return digests, bytes, nil
}

// checkFiles compares the files in a folder with what is expected there,
// whatever they are called.
func checkFiles(dir string, want map[string]int) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	got := map[string]int{}
	for _, e := range entries {
		digest, err := fileDigest(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		if got[digest]++; got[digest] > want[digest] {
			return fmt.Errorf("%s holds wrong bytes: its SHA-256 is %s", e.Name(), digest)
		}
	}
	files := 0
	for _, n := range want {
		files += n
	}
	if len(entries) < files {
		return fmt.Errorf("%d of %d files are missing", files-len(entries), files)
	}
	return nil
}

func fileDigest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

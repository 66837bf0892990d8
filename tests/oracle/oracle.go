// A reader of logs that shares no line with ours: notes, tiles and trees by golang.org/x/mod, ML-DSA-44 by Go's own
// library. It reads one shard over HTTP, believes nothing but the two keys it is given, and says what it thinks.
//
//	oracle URL-OF-THE-SHARD ED25519-VKEY MLDSA44-VKEY [OLD-SIZE OLD-ROOT]
package main

import (
	"bytes"
	"crypto/mldsa"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"oracle/note"
	"oracle/tlog"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "expected URL, Ed25519 vkey, ML-DSA-44 vkey")
		os.Exit(2)
	}
	size, err := check(os.Args[1], os.Args[2], os.Args[3], os.Args[4:])
	if err != nil {
		fmt.Println("BAD:", err)
		os.Exit(1)
	}
	fmt.Println("WHOLE:", size, "entries")
}

func check(url, ed, ml string, old []string) (int64, error) {
	raw, err := fetch(url + "/checkpoint")
	if err != nil {
		return 0, err
	}
	verifier, err := note.NewVerifier(ed)
	if err != nil {
		return 0, err
	}
	opened, err := note.Open(raw, note.VerifierList(verifier))
	if err != nil {
		return 0, fmt.Errorf("note: %w", err)
	}
	origin, size, root, err := parse(opened.Text)
	if err != nil {
		return 0, err
	}
	if err := checkMlDsa(raw, ml, origin, size, root); err != nil {
		return 0, fmt.Errorf("ML-DSA-44: %w", err)
	}
	// Every hash that this reader gives is proven from the signed root before it is given.
	hashes := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, &tiles{url: url, size: size})
	for first := int64(0); first < size; first += 256 {
		entries, err := bundle(url, first, size)
		if err != nil {
			return 0, err
		}
		indexes := make([]int64, len(entries))
		for i := range entries {
			indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
		}
		signed, err := hashes.ReadHashes(indexes)
		if err != nil {
			return 0, fmt.Errorf("tiles: %w", err)
		}
		for i, entry := range entries {
			if tlog.RecordHash(entry) != signed[i] {
				return 0, fmt.Errorf("entry %d is not the one that was signed", first+int64(i))
			}
		}
	}
	if err := checkProofs(hashes, size, root); err != nil {
		return 0, err
	}
	if len(old) == 2 {
		return size, checkOld(hashes, size, root, old)
	}
	return size, nil
}

func checkProofs(hashes tlog.HashReader, size int64, root tlog.Hash) error {
	for _, index := range []int64{0, size / 2, size - 1} {
		proof, err := tlog.ProveRecord(size, index, hashes)
		if err != nil {
			return err
		}
		leaf, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, size, root, index, leaf[0]); err != nil {
			return fmt.Errorf("inclusion of %d: %w", index, err)
		}
	}
	return nil
}

func checkOld(hashes tlog.HashReader, size int64, root tlog.Hash, old []string) error {
	before, err := strconv.ParseInt(old[0], 10, 64)
	if err != nil {
		return err
	}
	if before > size {
		return fmt.Errorf("the log was rolled back from %d to %d", before, size)
	}
	known, err := tlog.ParseHash(old[1])
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(size, before, hashes)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, size, root, before, known); err != nil {
		return fmt.Errorf("consistency with %d: %w", before, err)
	}
	return nil
}

func parse(text string) (string, int64, tlog.Hash, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return "", 0, tlog.Hash{}, errors.New("checkpoint: expected three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return "", 0, tlog.Hash{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return lines[0], size, root, err
}

// checkMlDsa finds the line of the second key and verifies it over the subtree message of C2SP tlog-cosignature.
func checkMlDsa(raw []byte, vkey, origin string, size int64, root tlog.Hash) error {
	pieces := strings.SplitN(vkey, "+", 3)
	key, err := base64.StdEncoding.DecodeString(pieces[2])
	if err != nil || len(key) == 0 || key[0] != 6 {
		return errors.New("expected a key of type 6")
	}
	public, err := mldsa.NewPublicKey(mldsa.MLDSA44(), key[1:])
	if err != nil {
		return err
	}
	for _, line := range strings.Split(string(raw), "\n") {
		spelled, found := strings.CutPrefix(line, "— "+pieces[0]+" ")
		if !found {
			continue
		}
		signature, err := base64.StdEncoding.DecodeString(spelled)
		if err != nil || len(signature) < 12 || fmt.Sprintf("%x", signature[:4]) != pieces[1] {
			continue
		}
		var message bytes.Buffer
		message.WriteString("subtree/v1\n\x00")
		message.WriteByte(byte(len(pieces[0])))
		message.WriteString(pieces[0])
		message.Write(signature[4:12])
		message.WriteByte(byte(len(origin)))
		message.WriteString(origin)
		binary.Write(&message, binary.BigEndian, uint64(0))
		binary.Write(&message, binary.BigEndian, uint64(size))
		message.Write(root[:])
		return mldsa.Verify(public, message.Bytes(), signature[12:], nil)
	}
	return errors.New("the checkpoint has no signature of that key")
}

type tiles struct {
	url  string
	size int64
}

func (t *tiles) Height() int { return 8 }

func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	read := make([][]byte, len(wanted))
	for i, tile := range wanted {
		raw, err := fetch(t.url + "/" + strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		read[i] = raw
	}
	return read, nil
}

func bundle(url string, first, size int64) ([][]byte, error) {
	count := min(256, size-first)
	tile := tlog.Tile{H: 8, L: 0, N: first / 256, W: int(count)}
	raw, err := fetch(url + "/" + strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(raw) >= 2 {
		length := int(binary.BigEndian.Uint16(raw))
		if len(raw) < 2+length {
			break
		}
		entries = append(entries, raw[2:2+length])
		raw = raw[2+length:]
	}
	if len(raw) != 0 || int64(len(entries)) != count {
		return nil, fmt.Errorf("bundle of %d: expected %d whole entries, found %d", first, count, len(entries))
	}
	return entries, nil
}

func fetch(url string) ([]byte, error) {
	answer, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

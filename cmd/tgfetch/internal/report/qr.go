package report

import (
	"strings"

	"github.com/mdp/qrterminal/v3"
)

// QR draws text as a QR code, two modules per character. Its colours are set, so that it can be
// scanned whatever colours the terminal has.
func QR(text string) []string {
	var b strings.Builder
	qrterminal.GenerateWithConfig(text, qrterminal.Config{
		Level:          qrterminal.L,
		Writer:         &b,
		HalfBlocks:     true,
		BlackChar:      qrterminal.BLACK_BLACK,
		BlackWhiteChar: qrterminal.BLACK_WHITE,
		WhiteChar:      qrterminal.WHITE_WHITE,
		WhiteBlackChar: qrterminal.WHITE_BLACK,
		QuietZone:      2,
	})
	lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	for i, line := range lines {
		lines[i] = "\x1b[97;40m" + line + "\x1b[0m"
	}
	return lines
}

// Fits says whether lines have room on a screen as they are.
func Fits(lines []string, columns, rows int) bool {
	for _, line := range lines {
		if width(line) > columns-margin {
			return false
		}
	}
	return len(lines) < rows
}

//go:build !purego

#include "textflag.h"

// SUBWORD puts the bytes of word into out through the S-box: with a key of zero
// AESE is ShiftRows and SubBytes, and equal columns have equal rows. V0 is zero.
#define SUBWORD(word, out) \
	VDUP word, V1.S4         \
	AESE V0.B16, V1.B16      \
	VMOV V1.S[0], out

// func expandKey(key *[32]byte, keys *roundKeys)
//
// The encryption's keys go to their places in reverse order, two by two, and
// then those between first and last through InvMixColumns.
TEXT ·expandKey(SB), NOSPLIT, $0-16
	MOVD key+0(FP), R0
	MOVD keys+8(FP), R1
	LDPW (R0), (R4, R5)
	LDPW 8(R0), (R6, R7)
	LDPW 16(R0), (R8, R9)
	LDPW 24(R0), (R10, R11)
	VEOR V0.B16, V0.B16, V0.B16
	MOVW $1, R12              // the round constant
	ADD $(16*14), R1, R2

expand:
	STPW (R4, R5), (R2)
	STPW (R6, R7), 8(R2)
	STPW (R8, R9), -16(R2)
	STPW (R10, R11), -8(R2)
	SUB $32, R2
	SUBWORD(R11, R13)
	EORW R13@>8, R4           // rotated by a byte
	EORW R12, R4
	LSLW $1, R12
	EORW R4, R5
	EORW R5, R6
	EORW R6, R7
	CMP R1, R2
	BEQ expanded
	SUBWORD(R7, R13)
	EORW R13, R8
	EORW R8, R9
	EORW R9, R10
	EORW R10, R11
	B expand

expanded:
	STPW (R4, R5), (R2)
	STPW (R6, R7), 8(R2)
	MOVD $13, R3

invert:
	ADD $16, R1
	VLD1 (R1), [V1.B16]
	AESIMC V1.B16, V1.B16
	VST1 [V1.B16], (R1)
	SUBS $1, R3
	BNE invert
	RET

// All rounds of one block on the state in V0, but for the key of the last. AESD
// xors its key first, unlike the instruction of amd64.
#define ROUNDS \
	AESD V16.B16, V0.B16 \
	AESIMC V0.B16, V0.B16 \
	AESD V17.B16, V0.B16 \
	AESIMC V0.B16, V0.B16 \
	AESD V18.B16, V0.B16 \
	AESIMC V0.B16, V0.B16 \
	AESD V19.B16, V0.B16 \
	AESIMC V0.B16, V0.B16 \
	AESD V20.B16, V0.B16 \
	AESIMC V0.B16, V0.B16 \
	AESD V21.B16, V0.B16 \
	AESIMC V0.B16, V0.B16 \
	AESD V22.B16, V0.B16 \
	AESIMC V0.B16, V0.B16 \
	AESD V23.B16, V0.B16 \
	AESIMC V0.B16, V0.B16 \
	AESD V24.B16, V0.B16 \
	AESIMC V0.B16, V0.B16 \
	AESD V25.B16, V0.B16 \
	AESIMC V0.B16, V0.B16 \
	AESD V26.B16, V0.B16 \
	AESIMC V0.B16, V0.B16 \
	AESD V27.B16, V0.B16 \
	AESIMC V0.B16, V0.B16 \
	AESD V28.B16, V0.B16 \
	AESIMC V0.B16, V0.B16 \
	AESD V29.B16, V0.B16

// func decryptBlocks(keys *roundKeys, chain *[32]byte, buf *byte, n int)
//
// Block i+1 begins with cipher[i+1] ^ plain[i], and plain[i] is what the rounds
// of block i leave, xored with keys[14] and cipher[i-1]. So
//
//	keys[14] ^ cipher[i-1] ^ cipher[i+1]
//
// makes the next state of it at once, and plain[i] is computed beside.
TEXT ·decryptBlocks(SB), NOSPLIT, $0-32
	MOVD keys+0(FP), R0
	MOVD chain+8(FP), R1
	MOVD buf+16(FP), R2
	MOVD n+24(FP), R3
	VLD1.P 64(R0), [V16.B16, V17.B16, V18.B16, V19.B16]
	VLD1.P 64(R0), [V20.B16, V21.B16, V22.B16, V23.B16]
	VLD1.P 64(R0), [V24.B16, V25.B16, V26.B16, V27.B16]
	VLD1 (R0), [V28.B16, V29.B16, V30.B16]
	VLD1 (R1), [V1.B16, V2.B16] // V1 = cipher[i-1]
	VLD1 (R2), [V3.B16]         // V3 = cipher[i]
	VEOR V3.B16, V2.B16, V0.B16 // V0 = state
	SUBS $1, R3
	BEQ last

loop:
	ADD $16, R2, R4
	VLD1 (R4), [V4.B16]         // V4 = cipher[i+1]
	VEOR V30.B16, V1.B16, V5.B16
	VEOR V4.B16, V5.B16, V5.B16
	ROUNDS
	VEOR V5.B16, V0.B16, V0.B16
	VEOR V4.B16, V0.B16, V6.B16
	VST1.P [V6.B16], 16(R2)     // plain[i]
	VMOV V3.B16, V1.B16
	VMOV V4.B16, V3.B16
	SUBS $1, R3
	BNE loop

last:
	VEOR V30.B16, V1.B16, V5.B16
	ROUNDS
	VEOR V5.B16, V0.B16, V0.B16
	VST1 [V0.B16], (R2)
	VST1.P [V3.B16], 16(R1)
	VST1 [V0.B16], (R1)
	RET

//go:build !purego

#include "textflag.h"

// SPREAD turns the words w0 w1 w2 w3 of a round key into the running sums
// w0, w0+w1, w0+w1+w2, w0+w1+w2+w3 in GF(2), the part of the key expansion
// that needs no S-box. X2 is destroyed.
#define SPREAD(key) \
	VPSLLDQ $4, key, X2 \
	VPXOR X2, key, key  \
	VPSLLDQ $8, key, X2 \
	VPXOR X2, key, key

// The key of the encryption's round 2i in X0 becomes that of round 2i+2, from it
// and that of round 2i+1 in X1.
#define EVEN(rcon) \
	VAESKEYGENASSIST $rcon, X1, X3 \
	VPSHUFD $0xff, X3, X3          \
	SPREAD(X0)                     \
	VPXOR X3, X0, X0

// The key of round 2i-1 in X1 becomes that of round 2i+1.
#define ODD \
	VAESKEYGENASSIST $0, X0, X3 \
	VPSHUFD $0xaa, X3, X3       \
	SPREAD(X1)                  \
	VPXOR X3, X1, X1

#define STORE(key, index) \
	VAESIMC key, X4             \
	VMOVDQU X4, (16*index)(DI)

// func expandKey(key *[32]byte, keys *roundKeys)
TEXT ·expandKey(SB), NOSPLIT, $0-16
	MOVQ key+0(FP), SI
	MOVQ keys+8(FP), DI
	VMOVDQU (SI), X0
	VMOVDQU 16(SI), X1
	VMOVDQU X0, (16*14)(DI)
	STORE(X1, 13)
	EVEN(0x01)
	STORE(X0, 12)
	ODD
	STORE(X1, 11)
	EVEN(0x02)
	STORE(X0, 10)
	ODD
	STORE(X1, 9)
	EVEN(0x04)
	STORE(X0, 8)
	ODD
	STORE(X1, 7)
	EVEN(0x08)
	STORE(X0, 6)
	ODD
	STORE(X1, 5)
	EVEN(0x10)
	STORE(X0, 4)
	ODD
	STORE(X1, 3)
	EVEN(0x20)
	STORE(X0, 2)
	ODD
	STORE(X1, 1)
	EVEN(0x40)
	VMOVDQU X0, (DI)
	RET

// All rounds of one block but the last, on the state in X0. The keys come from
// memory: loading them is not on the chain from block to block.
#define ROUNDS \
	VAESDEC (16*1)(AX), X0, X0  \
	VAESDEC (16*2)(AX), X0, X0  \
	VAESDEC (16*3)(AX), X0, X0  \
	VAESDEC (16*4)(AX), X0, X0  \
	VAESDEC (16*5)(AX), X0, X0  \
	VAESDEC (16*6)(AX), X0, X0  \
	VAESDEC (16*7)(AX), X0, X0  \
	VAESDEC (16*8)(AX), X0, X0  \
	VAESDEC (16*9)(AX), X0, X0  \
	VAESDEC (16*10)(AX), X0, X0 \
	VAESDEC (16*11)(AX), X0, X0 \
	VAESDEC (16*12)(AX), X0, X0 \
	VAESDEC (16*13)(AX), X0, X0

// func decryptBlocks(keys *roundKeys, chain *[32]byte, buf *byte, n int)
//
// The first round of block i+1 begins with the state
//
//	cipher[i+1] ^ plain[i] ^ keys[0]
//
// and plain[i] is what the last round of block i makes, xored with keys[14] and
// cipher[i-1]. The last round's instruction xors a value of our choice in place
// of keys[14]; given
//
//	keys[14] ^ cipher[i-1] ^ cipher[i+1] ^ keys[0]
//
// it makes the next state at once. So from block to block there is nothing but
// the 14 instructions of the rounds, and plain[i] is computed beside them.
TEXT ·decryptBlocks(SB), NOSPLIT, $0-32
	MOVQ keys+0(FP), AX
	MOVQ chain+8(FP), BX
	MOVQ buf+16(FP), DI
	MOVQ n+24(FP), CX
	VMOVDQU (16*0)(AX), X5
	VMOVDQU (16*14)(AX), X6
	VMOVDQU (BX), X1          // X1 = cipher[i-1]
	VMOVDQU 16(BX), X0
	VPXOR (DI), X0, X0
	VPXOR X5, X0, X0          // X0 = state
	DECQ CX
	JZ last

loop:
	VMOVDQU (DI), X2          // X2 = cipher[i]
	VPXOR 16(DI), X5, X3      // X3 = cipher[i+1] ^ keys[0]
	VPXOR X6, X1, X1
	VPXOR X3, X1, X1
	ROUNDS
	VAESDECLAST X1, X0, X0
	VPXOR X3, X0, X3
	VMOVDQU X3, (DI)          // plain[i]
	VMOVDQA X2, X1
	ADDQ $16, DI
	DECQ CX
	JNZ loop

last:
	VMOVDQU (DI), X2
	VPXOR X6, X1, X1
	ROUNDS
	VAESDECLAST X1, X0, X0
	VMOVDQU X0, (DI)
	VMOVDQU X2, (BX)
	VMOVDQU X0, 16(BX)
	RET

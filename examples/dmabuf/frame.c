/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The dpdk-dmabuf authors
 */

/* Ethernet frames that a seed and a sequence number determine, no two alike. */

#include <string.h>

#include "demo.h"

/* Both addresses are locally administered; the receiver is promiscuous. */
static const uint8_t header[FRAME_SEQ_OFFSET] = {
	0x02, 0, 0, 0, 0, 0x01, 0x02, 0, 0, 0, 0, 0x02, FRAME_TYPE >> 8, FRAME_TYPE & 0xff,
};

/* A step of a 64-bit linear congruential generator, its weak low bits mixed with the high ones. */
static uint64_t
next_word(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state ^ (*state >> 32);
}

/* Write the frame of a sequence number and return its length. */
uint32_t
frame_build(uint8_t frame[FRAME_MAX], uint64_t seed, uint64_t seq)
{
	uint64_t state = seed + seq * 0x9E3779B97F4A7C15u;
	uint32_t len, at;

	next_word(&state);
	len = FRAME_MIN + next_word(&state) % (FRAME_MAX - FRAME_MIN + 1);
	memcpy(frame, header, sizeof(header));
	memcpy(frame + FRAME_SEQ_OFFSET, &seq, sizeof(seq));
	for (at = FRAME_SEQ_OFFSET + sizeof(seq); at < len; at += sizeof(state)) {
		uint64_t word = next_word(&state);
		uint32_t left = len - at;

		memcpy(frame + at, &word, left < sizeof(word) ? left : sizeof(word));
	}
	return len;
}

/* Read the sequence number, if this is one of our frames. */
bool
frame_seq(const uint8_t *frame, uint32_t len, uint64_t *seq)
{
	if (len < FRAME_MIN || memcmp(frame, header, sizeof(header)) != 0)
		return false;
	memcpy(seq, frame + FRAME_SEQ_OFFSET, sizeof(*seq));
	return true;
}

#define ZSTD_STATIC_LINKING_ONLY
#include "compress.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { MOST_LEVEL = 19, LEAST_LEVEL = -64, SAMPLES = 4, SAMPLE = 4096 };

struct compressor {
	ZSTD_CCtx *context;
	uint32_t chunk_size;
	size_t memory;
	bool have_level;
	int level;
	uint8_t samples[SAMPLES * SAMPLE];
};

struct compressor *compressor_new(uint32_t chunk_size, size_t memory)
{
	struct compressor *compressor = calloc(1, sizeof *compressor);

	if (compressor == NULL)
		return NULL;
	compressor->context = ZSTD_createCCtx();
	compressor->chunk_size = chunk_size;
	compressor->memory = memory;
	if (compressor->context == NULL) {
		free(compressor);
		return NULL;
	}
	return compressor;
}

void compressor_free(struct compressor *compressor)
{
	if (compressor == NULL)
		return;
	ZSTD_freeCCtx(compressor->context);
	free(compressor);
}

size_t compressor_memory(const struct compressor *compressor)
{
	return ZSTD_sizeof_CCtx(compressor->context);
}

/* The level's parameters, with smaller tables where they would need more than the allowed memory. */
static ZSTD_compressionParameters parameters_within(int level, uint32_t chunk_size, size_t memory)
{
	ZSTD_compressionParameters p = ZSTD_getCParams(level, chunk_size, 0);

	while (ZSTD_estimateCCtxSize_usingCParams(p) > memory) {
		if (p.chainLog >= p.hashLog && p.chainLog > ZSTD_CHAINLOG_MIN)
			p.chainLog--;
		else if (p.hashLog > ZSTD_HASHLOG_MIN + 6)
			p.hashLog--;
		else if (p.windowLog > ZSTD_WINDOWLOG_MIN + 6)
			p.windowLog--;
		else
			break;
	}
	return p;
}

static bool set_level(struct compressor *compressor, int level)
{
	ZSTD_compressionParameters p;

	if (level > MOST_LEVEL)
		level = MOST_LEVEL;
	if (level < LEAST_LEVEL)
		level = LEAST_LEVEL;
	if (compressor->have_level && compressor->level == level)
		return true;
	/* A fresh context gives back the tables of a higher level. */
	ZSTD_freeCCtx(compressor->context);
	compressor->context = ZSTD_createCCtx();
	compressor->have_level = false;
	if (compressor->context == NULL)
		return false;
	p = parameters_within(level, compressor->chunk_size, compressor->memory);
	if (ZSTD_isError(ZSTD_CCtx_setParameter(compressor->context, ZSTD_c_compressionLevel, level)) ||
	    ZSTD_isError(ZSTD_CCtx_setCParams(compressor->context, p)))
		return false;
	compressor->level = level;
	compressor->have_level = true;
	return true;
}

/* A few pages of the chunk tell whether the rest is worth the time: what is packed already shrinks nowhere. */
static bool promises(struct compressor *compressor, const uint8_t *bytes, size_t length, uint8_t *out)
{
	size_t step = length / SAMPLES;

	if (step < SAMPLE)
		return true;
	for (size_t i = 0; i < SAMPLES; i++)
		memcpy(compressor->samples + i * SAMPLE, bytes + i * step, SAMPLE);
	return !ZSTD_isError(ZSTD_compress2(compressor->context, out, sizeof compressor->samples - SAMPLE / 8,
					    compressor->samples, sizeof compressor->samples));
}

size_t compressor_run(struct compressor *compressor, int level, const uint8_t *bytes, size_t length, uint8_t *out)
{
	size_t worth = length - length / 32;
	size_t n;

	if (!set_level(compressor, level) || !promises(compressor, bytes, length, out))
		return 0;
	n = ZSTD_compress2(compressor->context, out, worth, bytes, length);
	return ZSTD_isError(n) ? 0 : n;
}

/*
 * What libblkid recognises in a range of bytes. This is the only part that knows libblkid, which it gets to read
 * through a struct reader: symbols of the static library are renamed to the functions in signature_blkid.c.
 */
#ifndef SMA_INSPECT_SIGNATURE_H
#define SMA_INSPECT_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../fs/reader.h"

enum { MAX_SIGNATURES = 8, MAX_FOREIGN_PARTITIONS = 256 };

/* One superblock. Texts are as libblkid gives them, in libblkid's words; empty where it says nothing. */
struct signature {
	char type[48];
	/* filesystem, raid, crypto or other. */
	char usage[16];
	char version[64];
	char label[512];
	char uuid[64];
	/* Of the member of an array or pool. */
	char uuid_sub[64];
	/* Bytes; 0 where unknown. */
	uint64_t block_size;
	uint64_t size_bytes;
	/* Where the magic number is; UINT64_MAX where unknown. */
	uint64_t magic_offset;
};

struct signatures {
	/* Everything that was found. */
	struct signature found[MAX_SIGNATURES];
	size_t count;
	/*
     * Index of the one that counts; -1 when nothing was found, or when several contradict each other and
     * `is_ambivalent` says so.
     */
	int verdict;
	bool is_ambivalent;
	/* True when something could not be read, so that nothing found does not mean nothing there. */
	bool has_read_errors;
};

/* Returns 0, or -1 when libblkid could not be set to work (memory). */
int find_signatures(const struct reader *view, struct signatures *out);

/* A partition of a table that is read by libblkid: BSD, Sun, SGI, Mac, Solaris, … also inside an MBR partition. */
struct foreign_partition {
	int number;
	uint64_t start;
	uint64_t size;
	unsigned type;
	char type_text[64];
	char name[128];
	/* The table that it stands in, e.g. `bsd`, and that table's offset. */
	char table[16];
	uint64_t table_offset;
};

struct foreign_partitions {
	/* The outermost table's type, e.g. `dos`; empty where there is none. */
	char table[16];
	char id[40];
	struct foreign_partition partitions[MAX_FOREIGN_PARTITIONS];
	size_t count;
};

/* Returns 0, or -1. `out->table` is empty when no table is recognised. */
int find_foreign_partitions(const struct reader *disk, struct foreign_partitions *out);

#endif

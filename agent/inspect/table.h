/*
 * Partition tables. GPT and MBR are read here, with the state of every copy; other tables through libblkid.
 */
#ifndef SMA_INSPECT_TABLE_H
#define SMA_INSPECT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "../fs/reader.h"
#include "content.h"

enum {
	MAX_PARTITIONS = 1024,
	MAX_PROBLEMS = 16,
	PROBLEM_LENGTH = 128,
	MBR_EXTENDED_DOS = 0x05,
	MBR_EXTENDED_LBA = 0x0f,
	MBR_EXTENDED_LINUX = 0x85,
	MBR_LDM = 0x42,
	MBR_PROTECTIVE = 0xee,
};

enum table_type { TABLE_NONE, TABLE_GPT, TABLE_MBR, TABLE_HYBRID, TABLE_OTHER };

enum gpt_copy { GPT_ABSENT, GPT_VALID, GPT_CORRUPT };

enum partition_role { ROLE_PRIMARY, ROLE_EXTENDED, ROLE_LOGICAL, ROLE_NESTED };

struct partition {
	uint32_t index;
	uint64_t start;
	uint64_t size;
	/* A GUID in lower case, or 0x and two digits, or what the table has. */
	char type[40];
	char name[128];
	char uuid[40];
	uint64_t flags;
	bool is_active;
	enum partition_role role;
	/* Of a partition in a table inside a partition: that table's type and the outer partition's index. */
	char nested_table[16];
	/* Filled in after the tables were read; NULL where there is nothing to look into. */
	struct content *content;
};

struct partition_table {
	enum table_type type;
	/* For TABLE_OTHER: libblkid's name, e.g. `bsd`, `sun`, `mac`. */
	char name[16];
	/* GUID of a GPT, 0x and eight digits of an MBR; may be empty. */
	char id[40];
	/* The unit that the table counts in, bytes. */
	uint32_t sector_size;
	enum gpt_copy primary_gpt, backup_gpt;
	bool has_protective_mbr;
	/* Entries of the MBR, for a hybrid: they repeat partitions of the GPT. */
	struct partition mbr_entries[4];
	uint32_t mbr_entry_count;
	struct partition *partitions;
	uint32_t count;
	char problems[MAX_PROBLEMS][PROBLEM_LENGTH];
	uint32_t problem_count;
};

/*
 * Reads whatever table the disk has. `whole` is what the disk as a whole was recognised as: a FAT or NTFS boot sector
 * looks like an MBR. Returns 0, or -1 when memory is short.
 */
int table_read(const struct reader *disk, const struct content *whole, struct partition_table *table);
void table_free(struct partition_table *table);

/* True when some partition other than an extended one covers the byte at `offset`. */
bool table_covers(const struct partition_table *table, uint64_t offset);

/* For the readers of the single formats. */
struct partition *table_add(struct partition_table *table);
void table_problem(struct partition_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Fills the table from a GPT when one of its copies is valid; else leaves the copies' states. Returns 0 or -1. */
int gpt_read(const struct reader *disk, struct partition_table *table);

struct mbr {
	bool has_signature;
	bool is_plausible;
	uint32_t id;
	struct partition entries[4];
	uint8_t types[4];
	uint32_t sector_size;
};

void mbr_read(const struct reader *disk, uint32_t sector_size, struct mbr *mbr);
/* Adds the MBR's partitions, and the logical ones in its extended partitions. Returns 0 or -1. */
int mbr_fill(const struct reader *disk, const struct mbr *mbr, struct partition_table *table);

/* The 36 characters of a GUID whose first three fields are little-endian, in lower case. */
void guid_text(const uint8_t *guid, char out[40]);

#endif

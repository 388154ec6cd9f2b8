/*
 * One copy of an LDM database: found, checked and taken apart.
 */
#ifndef SMA_INSPECT_LDM_DATABASE_H
#define SMA_INSPECT_LDM_DATABASE_H

#include <stdbool.h>
#include <stdint.h>

#include "../fs/reader.h"
#include "table.h"

enum { LDM_NAME = 256, LDM_GUID = 40, LDM_MAX_OBJECTS = 8192 };

struct ldm_header {
	uint16_t major, minor;
	char disk_guid[LDM_GUID];
	char group_guid[LDM_GUID];
	char group_name[LDM_NAME];
	/* Bytes on this disk. */
	uint64_t data_start;
	uint64_t data_size;
	uint64_t database_start;
	uint64_t database_size;
};

enum ldm_component_type { LDM_STRIPE = 1, LDM_CONCATENATION = 2, LDM_RAID = 3 };

struct ldm_disk {
	uint64_t id;
	char name[LDM_NAME];
	char guid[LDM_GUID];
};

struct ldm_volume {
	uint64_t id;
	char name[LDM_NAME];
	char guid[LDM_GUID];
	char type_text[16];
	char state[16];
	char hint[16];
	uint64_t size;
	uint64_t children;
	uint8_t partition_type;
};

struct ldm_component {
	uint64_t id;
	uint64_t volume;
	uint8_t type;
	uint64_t children;
	uint64_t chunk;
	uint64_t columns;
};

struct ldm_partition {
	uint64_t id;
	char name[LDM_NAME];
	uint64_t component;
	uint64_t disk;
	uint64_t index;
	/* Bytes: from the start of the disk's data, in the component, length. */
	uint64_t start;
	uint64_t volume_offset;
	uint64_t size;
};

struct ldm_database {
	struct ldm_header header;
	uint64_t sequence;
	bool is_consistent;
	struct ldm_disk *disks;
	struct ldm_volume *volumes;
	struct ldm_component *components;
	struct ldm_partition *partitions;
	uint32_t disk_count, volume_count, component_count, partition_count;
	/* Records of a kind or form that is not known here, or that are incomplete. */
	uint32_t unreadable;
};

/* Finds a valid PRIVHEAD. False when there is none. */
bool ldm_find_header(const struct reader *disk, const struct partition_table *table, struct ldm_header *header);

/*
 * Reads the database that `header` points to. Returns 1 when it can be used, 0 when it is damaged, -1 when memory is
 * short; ldm_database_free in any case.
 */
int ldm_read_database(const struct reader *disk, const struct ldm_header *header, struct ldm_database *database);
void ldm_database_free(struct ldm_database *database);

#endif

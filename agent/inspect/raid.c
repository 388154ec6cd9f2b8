/*
 * Layout: the Linux RAID wiki's "RAID superblock formats". 0.90 stands in the last full 64 KiB and has its maker's
 * byte order; 1.0 stands near the end, 1.1 at the start, 1.2 at 4 KiB, all little-endian.
 */
#include "raid.h"

#include <string.h>

#include "../fs/bytes.h"

enum {
	MD_MAGIC = 0xa92b4efc,
	UNIT = 65536,
	SUPERBLOCK_0 = 4096,
	SUPERBLOCK_1 = 256,
	MAX_ROLES = 1920,
	SECTOR = 512,
	STATE_CLEAN = 0x1,
};

static bool read_version_0(const struct reader *view, struct raid_member *member)
{
	uint8_t sb[SUPERBLOCK_0];
	if (view->size < 2 * UNIT)
		return false;
	const uint64_t at = (view->size & ~(uint64_t)(UNIT - 1)) - UNIT;
	if (reader_read(view, at, sb, sizeof sb) != 0)
		return false;
	const bool little = le32_at(sb) == (uint32_t)MD_MAGIC;
	if (!little && be32_at(sb) != (uint32_t)MD_MAGIC)
		return false;
	uint32_t (*const word)(const uint8_t *) = little ? le32_at : be32_at;
	member->level = (int32_t)word(sb + 4 * 7);
	const uint64_t member_kib = word(sb + 4 * 8);
	member->devices = word(sb + 4 * 10);
	member->is_clean = (word(sb + 4 * 33) & STATE_CLEAN) != 0;
	const uint32_t first = word(sb + 4 * 39), second = word(sb + 4 * 40);
	member->events = little ? (uint64_t)second << 32 | first : (uint64_t)first << 32 | second;
	member->chunk_bytes = word(sb + 4 * 65);
	/* The description of this disk itself, the last of the block: number, major, minor, place, state. */
	const uint32_t place = word(sb + 4 * (992 + 3));
	member->role = place < member->devices ? place : UINT32_MAX;
	member->data_offset = 0;
	member->data_size = member_kib * 1024;
	member->share = member->level == 0 ? 0 : member->data_size;
	return member->data_size <= at;
}

static bool read_version_1(const struct reader *view, uint64_t at, struct raid_member *member)
{
	uint8_t sb[SUPERBLOCK_1], role[2];
	if (reader_read(view, at, sb, sizeof sb) != 0 || le32_at(sb) != (uint32_t)MD_MAGIC || le32_at(sb + 4) != 1)
		return false;
	member->level = (int32_t)le32_at(sb + 72);
	member->chunk_bytes = le32_at(sb + 88) <= UINT32_MAX / SECTOR ? le32_at(sb + 88) * SECTOR : 0;
	member->devices = le32_at(sb + 92);
	const uint64_t offset = le64_at(sb + 128), size = le64_at(sb + 136);
	if (!multiply_u64(offset, SECTOR, &member->data_offset) || !multiply_u64(size, SECTOR, &member->data_size))
		return false;
	if (!multiply_u64(le64_at(sb + 80), SECTOR, &member->share))
		return false;
	const uint32_t number = le32_at(sb + 160), roles = le32_at(sb + 220);
	member->events = le64_at(sb + 200);
	/* All writes went through: resync has nothing left to do. */
	member->is_clean = le64_at(sb + 208) == UINT64_MAX;
	member->role = UINT32_MAX;
	if (number < roles && roles <= MAX_ROLES &&
	    reader_read(view, at + SUPERBLOCK_1 + 2u * number, role, 2) == 0 && le16_at(role) < member->devices)
		member->role = le16_at(role);
	return true;
}

static void set_array_size(struct raid_member *member)
{
	uint64_t parts = 0;
	switch (member->level) {
	case 1:
		parts = 1;
		break;
	case 4:
	case 5:
		parts = member->devices > 1 ? member->devices - 1 : 0;
		break;
	case 6:
		parts = member->devices > 2 ? member->devices - 2 : 0;
		break;
	default:
		break;
	}
	if (!multiply_u64(member->share, parts, &member->array_size))
		member->array_size = 0;
}

bool raid_read_member(const struct reader *view, const char *version, struct raid_member *member)
{
	bool found = false;
	memset(member, 0, sizeof *member);
	if (strncmp(version, "0.90", 4) == 0)
		found = read_version_0(view, member);
	else if (strcmp(version, "1.0") == 0 && view->size >= 8192)
		found = read_version_1(view, ((view->size - 8192) / SECTOR * SECTOR) & ~(uint64_t)4095, member);
	else if (strcmp(version, "1.1") == 0)
		found = read_version_1(view, 0, member);
	else if (strcmp(version, "1.2") == 0)
		found = read_version_1(view, 4096, member);
	if (found)
		set_array_size(member);
	return found;
}

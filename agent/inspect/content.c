#include "content.h"

#include <stdlib.h>
#include <string.h>

#include "../fs/bytes.h"

enum {
	SAMPLE = 4096,
	/* Zeros here at both ends, and in as many samples between them, are called empty. */
	END_BYTES = 1 << 20,
	SAMPLES = 64,
};

const char *content_kind_name(enum content_kind kind)
{
	static const char *const names[] = {"filesystem", "swap", "lvm-pv", "raid-member", "luks",    "bcache",
					    "zfs",	  "ldm",  "crypto", "other",	   "unknown", "empty"};
	return names[kind];
}

const struct signature *content_signature(const struct content *content)
{
	return content->signatures.verdict < 0 ? NULL : &content->signatures.found[content->signatures.verdict];
}

static enum content_kind kind_of(const struct signature *signature)
{
	static const struct {
		const char *type;
		enum content_kind kind;
	} by_type[] = {
		{"swap", CONTENT_SWAP},		 {"swsuspend", CONTENT_SWAP},	{"LVM2_member", CONTENT_LVM_PV},
		{"LVM1_member", CONTENT_LVM_PV}, {"crypto_LUKS", CONTENT_LUKS}, {"bcache", CONTENT_BCACHE},
		{"zfs_member", CONTENT_ZFS},
	};
	for (size_t i = 0; i < sizeof by_type / sizeof by_type[0]; i++) {
		if (strcmp(signature->type, by_type[i].type) == 0)
			return by_type[i].kind;
	}
	if (strcmp(signature->usage, "filesystem") == 0)
		return CONTENT_FILESYSTEM;
	if (strcmp(signature->usage, "raid") == 0)
		return CONTENT_RAID_MEMBER;
	if (strcmp(signature->usage, "crypto") == 0)
		return CONTENT_CRYPTO;
	return CONTENT_OTHER;
}

/* Which reader of agent/fs knows a type of libblkid; NULL for none. */
static const char *family_of(const char *type)
{
	static const char *const families[][2] = {
		{"ext2", "ext"},    {"ext3", "ext"},	{"ext4", "ext"},  {"ext4dev", "ext"},
		{"xfs", "xfs"},	    {"ntfs", "ntfs"},	{"vfat", "fat"},  {"msdos", "fat"},
		{"exfat", "exfat"}, {"btrfs", "btrfs"}, {"swap", "swap"},
	};
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
		if (strcmp(type, families[i][0]) == 0)
			return families[i][1];
	}
	return NULL;
}

static void count_blocks(const struct reader *view, struct content *content)
{
	const struct signature *signature = content_signature(content);
	const char *family = signature == NULL ? NULL : family_of(signature->type);
	if (family == NULL)
		return;
	struct fs *fs = fs_open(view, 0, view->size, 0);
	if (fs == NULL)
		return;
	if (strcmp(fs_family(fs), family) == 0)
		content->has_counts = fs_counts(fs, &content->counts) == 0;
	fs_close(fs);
}

static bool is_zero(const struct reader *view, uint64_t offset, uint64_t length, bool *has_errors)
{
	uint8_t bytes[SAMPLE];
	while (length > 0) {
		const size_t part = length < SAMPLE ? (size_t)length : SAMPLE;
		if (reader_read(view, offset, bytes, part) != 0) {
			*has_errors = true;
			return false;
		}
		if (!all_zero(bytes, part))
			return false;
		offset += part;
		length -= part;
	}
	return true;
}

static bool looks_empty(const struct reader *view, bool *has_errors)
{
	if (view->size <= 2 * END_BYTES)
		return is_zero(view, 0, view->size, has_errors);
	if (!is_zero(view, 0, END_BYTES, has_errors) || !is_zero(view, view->size - END_BYTES, END_BYTES, has_errors))
		return false;
	const uint64_t step = (view->size - 2 * END_BYTES) / SAMPLES;
	for (uint64_t i = 0; i < SAMPLES; i++) {
		if (!is_zero(view, END_BYTES + i * step, SAMPLE, has_errors))
			return false;
	}
	return true;
}

void content_clear(struct content *content)
{
	if (content->inside != NULL)
		content_clear(content->inside);
	free(content->inside);
	content->inside = NULL;
}

static int examine(const struct reader *view, struct content *content, bool is_inside_array);

/* A mirror's member is the whole array, but for the superblock. */
static int examine_array(const struct reader *view, struct content *content)
{
	const struct raid_member *raid = &content->raid;
	if (raid->level != 1 || raid->share == 0 || raid->role == UINT32_MAX ||
	    !range_within(raid->data_offset, raid->share, view->size))
		return 0;
	content->inside = calloc(1, sizeof *content->inside);
	if (content->inside == NULL)
		return -1;
	content->inside_view = reader_slice(view, raid->data_offset, raid->share);
	return examine(&content->inside_view, content->inside, true);
}

static int examine(const struct reader *view, struct content *content, bool is_inside_array)
{
	memset(content, 0, sizeof *content);
	content->kind = CONTENT_UNKNOWN;
	if (find_signatures(view, &content->signatures) != 0)
		return -1;
	const struct signature *signature = content_signature(content);
	if (signature != NULL) {
		content->kind = kind_of(signature);
		count_blocks(view, content);
		if (strcmp(signature->type, "linux_raid_member") == 0)
			content->has_raid = raid_read_member(view, signature->version, &content->raid);
		if (content->has_raid && !is_inside_array)
			return examine_array(view, content);
	} else if (content->signatures.count == 0 && looks_empty(view, &content->signatures.has_read_errors)) {
		content->kind = CONTENT_EMPTY;
	}
	return 0;
}

int content_examine(const struct reader *view, struct content *content)
{
	return examine(view, content, false);
}

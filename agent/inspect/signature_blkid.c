#include "signature.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "../fs/bytes.h"

#ifndef BLKID_SUBLKS_FSINFO
#define BLKID_SUBLKS_FSINFO 0
#endif

enum {
	/* No real descriptor: every other call that libblkid might make on it fails. */
	READER_DESCRIPTOR = 0x3fffffff,
	/* libblkid keeps what it reads in memory; a hostile image must not make that grow without end. */
	MAX_BYTES_PER_PROBE = 16 << 20,
	MAX_PARTITIONS_ASKED = 4096,
};

/* What libblkid reads from while a function of this file runs. The agent inspects in one thread. */
static struct {
	const struct reader *view;
	uint64_t position;
	uint64_t bytes_left;
	bool has_errors;
} source;

/* The static libblkid calls these instead of lseek, fstat and read. */
off_t sma_blkid_lseek(int descriptor, off_t offset, int whence);
int sma_blkid_fstat(int descriptor, struct stat *status);
ssize_t sma_blkid_read(int descriptor, void *buffer, size_t length);

off_t sma_blkid_lseek(int descriptor, off_t offset, int whence)
{
	if (descriptor != READER_DESCRIPTOR)
		return lseek(descriptor, offset, whence);
	if (whence != SEEK_SET || offset < 0) {
		errno = EINVAL;
		return -1;
	}
	source.position = (uint64_t)offset;
	return offset;
}

int sma_blkid_fstat(int descriptor, struct stat *status)
{
	if (descriptor != READER_DESCRIPTOR)
		return fstat(descriptor, status);
	memset(status, 0, sizeof *status);
	status->st_mode = S_IFREG;
	status->st_size = (off_t)source.view->size;
	return 0;
}

/* A short read tells libblkid to go on with the next probe; an error would end the whole search. */
ssize_t sma_blkid_read(int descriptor, void *buffer, size_t length)
{
	if (descriptor != READER_DESCRIPTOR)
		return read(descriptor, buffer, length);
	if (!range_within(source.position, length, source.view->size))
		return 0;
	if (length > source.bytes_left || reader_read(source.view, source.position, buffer, length) != 0) {
		source.has_errors = true;
		return 0;
	}
	source.bytes_left -= length;
	source.position += length;
	return (ssize_t)length;
}

static blkid_probe open_probe(const struct reader *view)
{
	source.view = view;
	source.position = 0;
	source.bytes_left = MAX_BYTES_PER_PROBE;
	source.has_errors = false;
	if (view->size == 0 || view->size > INT64_MAX)
		return NULL;
	blkid_probe probe = blkid_new_probe();
	if (probe == NULL)
		return NULL;
	if (blkid_probe_set_device(probe, READER_DESCRIPTOR, 0, (blkid_loff_t)view->size) != 0) {
		blkid_free_probe(probe);
		return NULL;
	}
	blkid_probe_set_sectorsize(probe, view->sector_size);
	return probe;
}

static void close_probe(blkid_probe probe)
{
	blkid_free_probe(probe);
	source.view = NULL;
}

static void copy_value(blkid_probe probe, const char *name, char *out, size_t capacity)
{
	const char *value;
	size_t length;
	out[0] = '\0';
	if (blkid_probe_lookup_value(probe, name, &value, &length) == 0)
		snprintf(out, capacity, "%s", value);
}

static uint64_t number_value(blkid_probe probe, const char *name, uint64_t otherwise)
{
	char text[32];
	copy_value(probe, name, text, sizeof text);
	return text[0] >= '0' && text[0] <= '9' ? strtoull(text, NULL, 10) : otherwise;
}

static void copy_signature(blkid_probe probe, struct signature *signature)
{
	copy_value(probe, "TYPE", signature->type, sizeof signature->type);
	copy_value(probe, "USAGE", signature->usage, sizeof signature->usage);
	copy_value(probe, "VERSION", signature->version, sizeof signature->version);
	copy_value(probe, "LABEL", signature->label, sizeof signature->label);
	copy_value(probe, "UUID", signature->uuid, sizeof signature->uuid);
	copy_value(probe, "UUID_SUB", signature->uuid_sub, sizeof signature->uuid_sub);
	signature->block_size = number_value(probe, "FSBLOCKSIZE", number_value(probe, "BLOCK_SIZE", 0));
	signature->size_bytes = number_value(probe, "FSSIZE", 0);
	signature->magic_offset = number_value(probe, "SBMAGIC_OFFSET", UINT64_MAX);
}

static bool is_same(const struct signature *a, const struct signature *b)
{
	return strcmp(a->type, b->type) == 0 && strcmp(a->version, b->version) == 0 && strcmp(a->uuid, b->uuid) == 0;
}

static int index_of(const struct signatures *all, const struct signature *signature)
{
	for (size_t i = 0; i < all->count; i++) {
		if (is_same(&all->found[i], signature))
			return (int)i;
	}
	return -1;
}

static int add(struct signatures *all, const struct signature *signature)
{
	const int known = index_of(all, signature);
	if (known >= 0 || all->count == MAX_SIGNATURES)
		return known;
	all->found[all->count] = *signature;
	return (int)all->count++;
}

int find_signatures(const struct reader *view, struct signatures *out)
{
	memset(out, 0, sizeof *out);
	out->verdict = -1;
	blkid_probe probe = open_probe(view);
	if (probe == NULL)
		return view->size == 0 ? 0 : -1;
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_LABEL | BLKID_SUBLKS_UUID | BLKID_SUBLKS_TYPE |
							 BLKID_SUBLKS_USAGE | BLKID_SUBLKS_VERSION |
							 BLKID_SUBLKS_MAGIC | BLKID_SUBLKS_FSINFO);
	struct signature *one = calloc(1, sizeof *one);
	if (one == NULL) {
		close_probe(probe);
		return -1;
	}
	const int verdict = blkid_do_safeprobe(probe);
	if (verdict == 0 && blkid_probe_has_value(probe, "TYPE")) {
		copy_signature(probe, one);
		out->verdict = add(out, one);
	}
	/* The safe probe stops where it has seen enough; going through all of them shows what else is there. */
	blkid_reset_probe(probe);
	for (int i = 0; i < 4 * MAX_SIGNATURES && blkid_do_probe(probe) == 0; i++) {
		if (!blkid_probe_has_value(probe, "TYPE"))
			continue;
		copy_signature(probe, one);
		add(out, one);
	}
	/* libblkid's code for this differs between versions: it found several and would not choose. */
	out->is_ambivalent = out->verdict < 0 && out->count > 1;
	out->has_read_errors = source.has_errors;
	free(one);
	close_probe(probe);
	return 0;
}

static void copy_text(char *out, size_t capacity, const char *text)
{
	snprintf(out, capacity, "%s", text == NULL ? "" : text);
}

static void copy_partition(blkid_partition from, struct foreign_partition *to)
{
	const uint64_t sector = 512;
	blkid_parttable table = blkid_partition_get_table(from);
	memset(to, 0, sizeof *to);
	to->number = blkid_partition_get_partno(from);
	/* libblkid counts in sectors of 512 bytes, whatever the disk's are. */
	if (!multiply_u64((uint64_t)blkid_partition_get_start(from), sector, &to->start) ||
	    !multiply_u64((uint64_t)blkid_partition_get_size(from), sector, &to->size))
		to->start = to->size = 0;
	to->type = (unsigned)blkid_partition_get_type(from);
	copy_text(to->type_text, sizeof to->type_text, blkid_partition_get_type_string(from));
	copy_text(to->name, sizeof to->name, blkid_partition_get_name(from));
	if (table != NULL) {
		copy_text(to->table, sizeof to->table, blkid_parttable_get_type(table));
		to->table_offset = (uint64_t)blkid_parttable_get_offset(table);
	}
}

int find_foreign_partitions(const struct reader *disk, struct foreign_partitions *out)
{
	memset(out, 0, sizeof *out);
	blkid_probe probe = open_probe(disk);
	if (probe == NULL)
		return disk->size == 0 ? 0 : -1;
	blkid_partlist list = blkid_probe_get_partitions(probe);
	blkid_parttable table = list == NULL ? NULL : blkid_partlist_get_table(list);
	if (table != NULL) {
		copy_text(out->table, sizeof out->table, blkid_parttable_get_type(table));
		copy_text(out->id, sizeof out->id, blkid_parttable_get_id(table));
		const int count = blkid_partlist_numof_partitions(list);
		for (int i = 0; i < count && i < MAX_PARTITIONS_ASKED && out->count < MAX_FOREIGN_PARTITIONS; i++) {
			blkid_partition partition = blkid_partlist_get_partition(list, i);
			if (partition != NULL)
				copy_partition(partition, &out->partitions[out->count++]);
		}
	}
	close_probe(probe);
	return 0;
}

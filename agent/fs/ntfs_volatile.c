/*
 * Layout: the linux-ntfs documentation of $INDEX_ROOT, $INDEX_ALLOCATION, the index entry and $FILE_NAME.
 */
#include "ntfs_volatile.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"

enum {
	RECORD_ROOT = 5,
	ATTRIBUTE_LIST = 0x20,
	LIST_ENTRY = 26,
	MAX_LIST_BYTES = 256 << 10,
	ATTRIBUTE_FILE_NAME = 0x30,
	ATTRIBUTE_INDEX_ROOT = 0x90,
	ATTRIBUTE_INDEX_ALLOCATION = 0xa0,
	IN_USE = 0x1,
	ENTRY_HEADER = 16,
	LAST_ENTRY = 0x2,
	NAME_LENGTH = 64,
	NAME = 66,
	ROOT_HEADER = 16,
	BLOCK_HEADER = 24,
	/* A directory with more is no root directory of a system volume. */
	MAX_INDEX_BYTES = 16 << 20,
	MAX_FOUND = 64,
};

/* How files are chosen among a directory's. */
typedef bool (*name_wanted)(const uint8_t *units, size_t length);

struct found {
	uint64_t references[MAX_FOUND];
	uint32_t count;
};

struct search {
	const struct reader *view;
	const struct ntfs_geometry *geometry;
	const struct ntfs_data *mft;
};

/* Compares UTF-16 with ASCII, case aside. */
static bool is_name(const uint8_t *units, size_t length, const char *name)
{
	if (length != strlen(name))
		return false;
	for (size_t i = 0; i < length; i++) {
		uint16_t unit = le16_at(units + 2 * i);
		if (unit >= 'A' && unit <= 'Z')
			unit = (uint16_t)(unit + 'a' - 'A');
		if (unit != (uint8_t)name[i])
			return false;
	}
	return true;
}

static bool is_memory_file(const uint8_t *units, size_t length)
{
	return is_name(units, length, "pagefile.sys") || is_name(units, length, "hiberfil.sys") ||
	       is_name(units, length, "swapfile.sys");
}

static bool is_shadow_folder(const uint8_t *units, size_t length)
{
	return is_name(units, length, "system volume information");
}

/* `{any GUID}{3808876b-…}`. The folder holds more, such as deduplicated files' content, which must travel. */
static bool is_shadow_storage(const uint8_t *units, size_t length)
{
	static const char suffix[] = "{3808876b-c176-4e48-b7ae-04046e6cc752}";
	const size_t tail = sizeof suffix - 1;
	return length >= tail && is_name(units + 2 * (length - tail), tail, suffix);
}

static bool read_record(const struct search *s, uint64_t number, uint8_t *record)
{
	const uint32_t size = s->geometry->record_size;
	return number <= UINT32_MAX && ntfs_read_data(s->view, s->geometry, s->mft, number * size, record, size) == 0 &&
	       ntfs_record_repair(record, size) && (le16_at(record + 22) & IN_USE) != 0;
}

static bool find_in(const struct search *s, const uint8_t *record, uint32_t type, struct ntfs_data *data)
{
	const bool is_index = type == ATTRIBUTE_INDEX_ROOT || type == ATTRIBUTE_INDEX_ALLOCATION;
	return is_index ? ntfs_find_index(record, type, s->geometry, data) : ntfs_find_data(record, type, s->geometry, data);
}

/* The number of the record that an attribute begins in, by the list of file `number`; 0 when the list has none. */
static uint64_t listed_record(const struct search *s, const struct ntfs_data *list, uint32_t type)
{
	const size_t size = list->size < MAX_LIST_BYTES ? (size_t)list->size : MAX_LIST_BYTES;
	uint8_t *bytes = malloc(size == 0 ? 1 : size);
	uint64_t number = 0;
	if (bytes != NULL && ntfs_read_data(s->view, s->geometry, list, 0, bytes, size) == 0) {
		for (size_t at = 0; number == 0 && range_within(at, LIST_ENTRY, size); at += le16_at(bytes + at + 4)) {
			if (le16_at(bytes + at + 4) < LIST_ENTRY)
				break;
			/* Parts that do not begin the attribute have another first cluster. */
			if (le32_at(bytes + at) == type && le64_at(bytes + at + 8) == 0)
				number = le64_at(bytes + at + 16) & UINT64_C(0xffffffffffff);
		}
	}
	free(bytes);
	return number;
}

/*
 * The beginning of an attribute of file `number`, whose record was read into `record`: there, or in another record that
 * the file has for want of room, which then takes that place.
 */
static bool find_attribute(const struct search *s, uint64_t number, uint8_t *record, uint32_t type,
			   struct ntfs_data *data)
{
	struct ntfs_data list = {0};
	uint64_t other = 0;
	if (find_in(s, record, type, data))
		return true;
	if (ntfs_find_data(record, ATTRIBUTE_LIST, s->geometry, &list))
		other = listed_record(s, &list, type);
	free(list.runs);
	return other != 0 && read_record(s, other, record) &&
	       (le64_at(record + 32) & UINT64_C(0xffffffffffff)) == number && find_in(s, record, type, data);
}

/* Entries of one index node; `node` is its header, `length` what is left of the block from there on. */
static void search_node(const uint8_t *node, size_t length, name_wanted wanted, struct found *found)
{
	uint64_t at = length < 16 ? length : le32_at(node);
	const uint64_t end = length < 16 ? 0 : le32_at(node + 4) < length ? le32_at(node + 4) : length;
	while (at + ENTRY_HEADER <= end && found->count < MAX_FOUND) {
		const uint8_t *entry = node + at;
		const uint32_t size = le16_at(entry + 8), key = le16_at(entry + 10);
		if (size < ENTRY_HEADER || size > end - at || (le16_at(entry + 12) & LAST_ENTRY) != 0)
			return;
		const uint8_t *name = entry + ENTRY_HEADER;
		if (key >= NAME && ENTRY_HEADER + key <= size && NAME + 2u * name[NAME_LENGTH] <= key &&
		    wanted(name + NAME, name[NAME_LENGTH]))
			found->references[found->count++] = le64_at(entry);
		at += size;
	}
}

/* Blocks that are no longer in use are searched too: an entry alone proves nothing. */
static void search_blocks(const struct search *s, const struct ntfs_data *index, uint32_t block_size,
			  name_wanted wanted, struct found *found)
{
	uint8_t *block = malloc(block_size);
	for (uint64_t at = 0; block != NULL && at + block_size <= index->size && at < MAX_INDEX_BYTES; at += block_size) {
		if (ntfs_read_data(s->view, s->geometry, index, at, block, block_size) == 0 &&
		    ntfs_index_repair(block, block_size))
			search_node(block + BLOCK_HEADER, block_size - BLOCK_HEADER, wanted, found);
	}
	free(block);
}

static void search_directory(const struct search *s, uint64_t number, name_wanted wanted, struct found *found)
{
	uint8_t *record = malloc(s->geometry->record_size);
	struct ntfs_data root = {0}, blocks = {0};
	found->count = 0;
	if (record != NULL && read_record(s, number, record) &&
	    find_attribute(s, number, record, ATTRIBUTE_INDEX_ROOT, &root) && root.resident != NULL &&
	    root.size > ROOT_HEADER) {
		const uint32_t block_size = le32_at(root.resident + 8);
		search_node(root.resident + ROOT_HEADER, (size_t)root.size - ROOT_HEADER, wanted, found);
		if (is_power_of_two(block_size) && block_size >= 512 && block_size <= NTFS_MAX_RECORD_SIZE &&
		    read_record(s, number, record) &&
		    find_attribute(s, number, record, ATTRIBUTE_INDEX_ALLOCATION, &blocks) && blocks.resident == NULL)
			search_blocks(s, &blocks, block_size, wanted, found);
	}
	free(root.runs);
	free(blocks.runs);
	free(record);
}

/* Does the record itself say that it is that file, of that directory, at this time of its life? */
static bool agrees(const uint8_t *record, uint64_t reference, uint64_t parent, name_wanted wanted,
		   const struct ntfs_geometry *geometry)
{
	struct ntfs_data name = {0};
	const bool found = le16_at(record + 16) == reference >> 48 &&
			   ntfs_find_data(record, ATTRIBUTE_FILE_NAME, geometry, &name) && name.resident != NULL &&
			   name.size >= NAME && NAME + 2u * name.resident[NAME_LENGTH] <= name.size &&
			   (le64_at(name.resident) & UINT64_C(0xffffffffffff)) == parent &&
			   wanted(name.resident + NAME, name.resident[NAME_LENGTH]);
	free(name.runs);
	return found;
}

static void take_runs(const struct ntfs_data *data, struct ntfs_volatile *out)
{
	struct ntfs_run *larger = realloc(out->runs, ((size_t)out->count + data->run_count) * sizeof *larger);
	if (larger == NULL)
		return;
	out->runs = larger;
	for (uint32_t i = 0; i < data->run_count; i++) {
		if (!data->runs[i].is_hole)
			out->runs[out->count++] = data->runs[i];
	}
}

static void take_files(const struct search *s, uint64_t parent, name_wanted wanted, uint8_t *record,
		       struct ntfs_volatile *out)
{
	struct found found;
	search_directory(s, parent, wanted, &found);
	for (uint32_t i = 0; i < found.count; i++) {
		struct ntfs_data data = {0};
		const uint64_t number = found.references[i] & UINT64_C(0xffffffffffff);
		/* Of one in very many pieces, the first ones. */
		if (read_record(s, number, record) &&
		    agrees(record, found.references[i], parent, wanted, s->geometry) &&
		    find_attribute(s, number, record, NTFS_ATTRIBUTE_DATA, &data) && data.run_count > 0)
			take_runs(&data, out);
		free(data.runs);
	}
}

void ntfs_find_volatile(const struct reader *view, const struct ntfs_geometry *geometry, const struct ntfs_data *mft,
			struct ntfs_volatile *out)
{
	const struct search s = {view, geometry, mft};
	uint8_t *record = malloc(geometry->record_size);
	struct found folders;
	memset(out, 0, sizeof *out);
	if (record == NULL)
		return;
	take_files(&s, RECORD_ROOT, is_memory_file, record, out);
	search_directory(&s, RECORD_ROOT, is_shadow_folder, &folders);
	for (uint32_t i = 0; i < folders.count; i++) {
		const uint64_t number = folders.references[i] & UINT64_C(0xffffffffffff);
		if (read_record(&s, number, record) &&
		    agrees(record, folders.references[i], RECORD_ROOT, is_shadow_folder, geometry))
			take_files(&s, number, is_shadow_storage, record, out);
	}
	free(record);
}

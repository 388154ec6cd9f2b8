#include "used.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../inspect/disk_reader.h"
#include "used_internal.h"

enum { MOST_DISKS = 64 };

struct told_volume *used_tell(struct used_search *search, struct told_volume *scratch)
{
	struct used_report *report = search->report;
	struct told_volume *told = report->count < MOST_TOLD_VOLUMES ? &report->volumes[report->count++] : scratch;
	memset(told, 0, sizeof *told);
	return told;
}

bool used_base_of(const struct device *device, const struct reader *reader, uint64_t *base)
{
	*base = 0;
	if (reader == device->given->reader)
		return true;
	for (uint32_t i = 0; i < device->table.count; i++) {
		if (reader == &device->views[i]) {
			*base = device->table.partitions[i].start;
			return true;
		}
	}
	return false;
}

/* NULL when the content is exactly one thing that agent/fs has a reader for; else why not. */
static const char *doubt(const struct content *content)
{
	if (content->kind == CONTENT_EMPTY)
		return "nothing known is on it";
	if (content->kind != CONTENT_FILESYSTEM && content->kind != CONTENT_SWAP)
		return "it is not looked into";
	if (content->signatures.count != 1 || content->signatures.is_ambivalent)
		return "it shows signs of several things";
	/* What could not be read may be the sign of something else: a member of an array has its own at the end. */
	if (content->signatures.has_read_errors)
		return "not all could be read that tells what it is";
	return content->has_counts ? NULL : "its map is not understood";
}

/*
 * What a log that waits to be replayed may still move: in a volume that is in use, Windows may have given away the room
 * of a page file whose old place the disk still shows.
 */
static unsigned flags_for(const struct content *content, const struct system_volume *mounted)
{
	const bool moves = content->counts.needs_replay && mounted != NULL && !system_volume_is_snapshot(mounted);
	return moves ? 0 : FS_LEAVE_OUT_VOLATILE;
}

void used_walk(const struct reader *view, const struct content *content, struct system_volume *mounted, used_gap gap,
	       void *context, struct told_volume *told)
{
	const char *why = doubt(content);
	struct fs *fs = why == NULL ? fs_open(view, 0, view->size, flags_for(content, mounted)) : NULL;
	struct fs_system_map map;
	struct fs_range range;
	struct unused_map found;
	uint64_t at = 0;
	int more = -1;
	if (fs == NULL) {
		snprintf(told->why, sizeof told->why, "%s", why == NULL ? "its map cannot be read" : why);
		return;
	}
	const bool is_asked = mounted != NULL && system_volume_map(mounted, &map);
	const bool agrees = is_asked && fs_use_system_map(fs, &map);
	/* Two volumes that are said to be one: neither map is worth anything. */
	if (is_asked && !agrees && strcmp(fs_family(fs), "ntfs") == 0) {
		snprintf(told->why, sizeof told->why, "Windows speaks of another volume than is on the disk");
		fs_close(fs);
		return;
	}
	/* Told at the end only: of a map that is damaged in its middle the beginning is worth no more than the rest. */
	unused_start(&found);
	found.least = 1;
	while ((more = fs_used_next(fs, &range)) == 1) {
		unused_add(&found, at, range.start);
		at = range.start + range.length;
	}
	unused_add(&found, at, view->size);
	for (size_t i = 0; more == 0 && i < found.count; i++)
		told->unused += gap(context, found.ranges[i].start, found.ranges[i].end);
	unused_clear(&found);
	if (more < 0 && fs_doubted(fs) > 0)
		snprintf(told->why, sizeof told->why, "its map does not match its checksums");
	else if (more < 0)
		snprintf(told->why, sizeof told->why, "its map cannot be read to the end");
	else if (content->counts.distrust != NULL)
		snprintf(told->why, sizeof told->why, "%s", content->counts.distrust);
	else if (told->unused == 0 && content->counts.needs_replay)
		snprintf(told->why, sizeof told->why, "its journal waits to be replayed");
	else if (fs_doubted(fs) > 0)
		snprintf(told->why, sizeof told->why,
			 "of %llu of its groups the map does not match its checksum: all of them travels",
			 (unsigned long long)fs_doubted(fs));
	else if (fs_map_differences(fs) > 0)
		snprintf(told->why, sizeof told->why,
			 "Windows' map and the disk's differ in %llu clusters: what either calls used travels",
			 (unsigned long long)fs_map_differences(fs));
	fs_close(fs);
}

struct on_disk {
	struct unused_map *map;
	uint64_t base;
};

static uint64_t gap_on_disk(void *context, uint64_t start, uint64_t end)
{
	const struct on_disk *on_disk = context;
	unused_add(on_disk->map, on_disk->base + start, on_disk->base + end);
	return end - start;
}

static const char *name_of(const struct content *content)
{
	const struct signature *signature = content_signature(content);
	return signature == NULL ? content_kind_name(content->kind) : signature->type;
}

/* Two partitions over the same bytes contradict each other; one inside another is somebody else's table. */
static bool overlaps(const struct partition_table *table, uint32_t index)
{
	const struct partition *one = &table->partitions[index];
	for (uint32_t i = 0; i < table->count; i++) {
		const struct partition *other = &table->partitions[i];
		if (i != index && other->role != ROLE_EXTENDED && other->start < one->start + one->size &&
		    one->start < other->start + other->size)
			return true;
	}
	/* What systems see that go by the MBR of a hybrid: the same partition, or none of its bytes. */
	for (uint32_t i = 0; i < table->mbr_entry_count; i++) {
		const struct partition *other = &table->mbr_entries[i];
		if (strcmp(other->type, "0xee") != 0 &&
		    (other->start != one->start || other->size != one->size) &&
		    other->start < one->start + one->size && one->start < other->start + other->size)
			return true;
	}
	return false;
}

static void walk_mounted(const struct used_search *search, uint64_t start, const struct reader *view,
			 const struct content *content, struct on_disk *on_disk, struct told_volume *told)
{
	struct system_volume *mounted = system_volume_open(search->device->given->path, start, view->size);
	used_walk(view, content, mounted, gap_on_disk, on_disk, told);
	system_volume_close(mounted);
}

/* `layout`: what the system sees; NULL when it does not tell. */
static void find_in_partition(struct used_search *search, const struct system_layout *layout, uint32_t index)
{
	const struct partition *partition = &search->device->table.partitions[index];
	const struct reader *view = &search->device->views[index];
	struct on_disk on_disk = {search->map, partition->start};
	struct told_volume scratch, *told;
	if (partition->content == NULL || partition->content->kind == CONTENT_LVM_PV)
		return;
	told = used_tell(search, &scratch);
	told->size = partition->size;
	snprintf(told->what, sizeof told->what, "partition %u: %s", partition->index, name_of(partition->content));
	if (partition->role == ROLE_NESTED || overlaps(&search->device->table, index))
		snprintf(told->why, sizeof told->why, "it overlaps another partition");
	else if (view->size < partition->size)
		snprintf(told->why, sizeof told->why, "the disk ends before it does");
	else if (search->device->is_dynamic || is_ldm_partition_type(partition->type))
		snprintf(told->why, sizeof told->why, "it belongs to a dynamic disk");
	else if (layout != NULL && !system_layout_has(layout, partition->start, partition->size))
		snprintf(told->why, sizeof told->why, "Windows sees no such partition");
	else
		walk_mounted(search, partition->start, view, partition->content, &on_disk, told);
}

static void find_in_disk(struct used_search *search)
{
	const struct device *device = search->device;
	const bool has_table = device->table.type != TABLE_NONE && device->table.count > 0;
	if (!has_table && device->content.kind != CONTENT_LVM_PV) {
		struct on_disk on_disk = {search->map, 0};
		struct told_volume scratch, *told = used_tell(search, &scratch);
		told->size = device->given->reader->size;
		snprintf(told->what, sizeof told->what, "the whole disk: %s", name_of(&device->content));
		walk_mounted(search, 0, device->given->reader, &device->content, &on_disk, told);
	}
	/* A disk that is a member of something and has a table: whose table it is, nobody knows. */
	if (has_table && device->content.kind != CONTENT_EMPTY && device->content.kind != CONTENT_UNKNOWN)
		return;
	struct system_layout *layout = malloc(sizeof *layout);
	const bool is_told = layout != NULL && system_view_layout(device->given->path, layout);
	for (uint32_t i = 0; has_table && i < device->table.count; i++)
		find_in_partition(search, is_told ? layout : NULL, i);
	free(layout);
	used_find_in_groups(search);
}

/* Looks at the disks from `first` on. False: they must be looked at together with the others. */
static bool look(const char *const *paths, size_t first, size_t count, size_t which, bool is_all,
		 struct unused_map *map, struct used_report *report)
{
	struct inspected_device devices[MOST_DISKS] = {{NULL, NULL, NULL}};
	struct disk_reader *disks[MOST_DISKS];
	struct inspection inspection;
	bool done = true;
	char why[160];
	for (size_t i = 0; i < count; i++) {
		disks[i] = disk_reader_open(paths[first + i], why, sizeof why);
		devices[i] = (struct inspected_device){
			paths[first + i], disks[i] == NULL ? NULL : disk_reader_view(disks[i], 0), "cannot be opened"};
	}
	if (inspection_start(&inspection, devices, count) == 0 && devices[which - first].reader != NULL) {
		struct used_search search = {&inspection, &inspection.devices[which - first], map, report};
		done = is_all || !used_groups_span(&inspection);
		if (done)
			find_in_disk(&search);
	}
	inspection_end(&inspection);
	for (size_t i = 0; i < count; i++)
		disk_reader_close(disks[i]);
	return done;
}

void used_find(const char *const *paths, size_t count, size_t which, struct unused_map *map,
	       struct used_report *report)
{
	unused_start(map);
	report->count = 0;
	if (!look(paths, which, 1, which, count == 1 || count > MOST_DISKS, map, report))
		look(paths, 0, count, which, true, map, report);
	unused_settle(map);
}

/*
 * Unused bytes of volume groups: those of the filesystems in their volumes, and extents that no volume has. A volume
 * is looked into only when it is what the system shows: visible, and not a piece of another (a pool's data, a cache's
 * origin, a raid's image look like filesystems and are not).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fs/bytes.h"
#include "../inspect/lvm_map.h"
#include "used_internal.h"

enum {
	SECTOR = 512,
	MAX_COLUMNS = 128,
	/* Of either kind: looking for a volume's name in all others takes their number squared. */
	MAX_VOLUMES = 1024,
	MAX_EXTENTS = 1 << 24,
};

/* Pieces of a volume that grow side by side, one for each stripe. */
struct piece {
	const struct reader *reader;
	uint64_t start, end;
};

struct scatter {
	const struct used_search *search;
	const struct volume *volume;
	struct piece pieces[MAX_COLUMNS];
	size_t count;
};

static uint64_t flush_piece(const struct scatter *scatter, const struct piece *piece)
{
	uint64_t base;
	if (!used_base_of(scatter->search->device, piece->reader, &base))
		return 0;
	unused_add(scatter->search->map, base + piece->start, base + piece->end);
	return piece->end - piece->start;
}

static uint64_t add_piece(struct scatter *scatter, const struct reader *reader, uint64_t at, uint64_t length)
{
	uint64_t flushed = 0;
	for (size_t i = 0; i < scatter->count; i++) {
		if (scatter->pieces[i].reader == reader && scatter->pieces[i].end == at) {
			scatter->pieces[i].end = at + length;
			return 0;
		}
	}
	if (scatter->count == MAX_COLUMNS)
		flushed = flush_piece(scatter, &scatter->pieces[--scatter->count]);
	scatter->pieces[scatter->count++] = (struct piece){reader, at, at + length};
	return flushed;
}

static uint64_t gap_in_volume(void *context, uint64_t start, uint64_t end)
{
	struct scatter *scatter = context;
	uint64_t bytes = 0;
	scatter->count = 0;
	while (start < end) {
		const struct reader *reader;
		uint64_t at, run = volume_locate(scatter->volume, start, &reader, &at);
		if (run == 0)
			break;
		if (run > end - start)
			run = end - start;
		bytes += add_piece(scatter, reader, at, run);
		start += run;
	}
	for (size_t i = 0; i < scatter->count; i++)
		bytes += flush_piece(scatter, &scatter->pieces[i]);
	return bytes;
}

static bool is_segment(const struct lvm_node *node)
{
	return node->is_section && strncmp(node->name, "segment", 7) == 0;
}

static bool names(const struct lvm_node *node, const char *name)
{
	for (const struct lvm_value *value = node->values; value != NULL; value = value->next) {
		if (value->type == LVM_STRING && strcmp(value->text, name) == 0)
			return true;
	}
	return false;
}

/*
 * Every use of a volume hides it. A snapshot too: what its origin's filesystem has given up since and nobody has
 * overwritten, it reads from the origin. Only those that the migration takes for its last pass are gone afterwards, and
 * nothing is kept for them.
 */
static bool hides(const struct lvm_node *segment, const char *name)
{
	const char *store = lvm_find_text(segment, "cow_store");
	const bool is_own = store != NULL && strncmp(store, "sma-", 4) == 0;
	for (const struct lvm_node *key = segment->children; key != NULL; key = key->next) {
		if (!(is_own && strcmp(key->name, "origin") == 0) && names(key, name))
			return true;
	}
	return false;
}

static bool is_hidden(const struct lvm_node *volumes, const struct lvm_node *lv)
{
	if (!lvm_list_has(lv, "status", "VISIBLE"))
		return true;
	for (const struct lvm_node *other = volumes->children; other != NULL; other = other->next) {
		for (const struct lvm_node *segment = other->children; segment != NULL; segment = segment->next) {
			if (other != lv && is_segment(segment) && hides(segment, lv->name))
				return true;
		}
	}
	return false;
}

static bool is_on_disk(const struct device *device, const struct volume *volume)
{
	bool on_disk = volume_lies_in(volume, device->given->reader);
	for (uint32_t i = 0; i < device->table.count && !on_disk; i++)
		on_disk = volume_lies_in(volume, &device->views[i]);
	return on_disk;
}

static void find_in_volume(struct used_search *search, const struct lvm_group *group, const struct lvm_node *lv)
{
	struct told_volume scratch, *told;
	struct volume *volume = NULL;
	struct content content;
	if (lvm_map_volume(search->inspection->lvm, group, lv, &volume) != LVM_MAPPED ||
	    !is_on_disk(search->device, volume)) {
		volume_free(volume);
		return;
	}
	if (content_examine(volume_reader(volume), &content) == 0) {
		const struct signature *signature = content_signature(&content);
		struct scatter *scatter = calloc(1, sizeof *scatter);
		told = used_tell(search, &scratch);
		told->size = volume_reader(volume)->size;
		snprintf(told->what, sizeof told->what, "%.50s/%.50s: %s", group->root->name, lv->name,
			 signature == NULL ? content_kind_name(content.kind) : signature->type);
		if (scatter != NULL) {
			scatter->search = search;
			scatter->volume = volume;
			used_walk(volume_reader(volume), &content, NULL, gap_in_volume, scatter, told);
		}
		free(scatter);
	}
	content_clear(&content);
	volume_free(volume);
}

/* Which extents of one physical volume its group's volumes have. */
struct extent_marks {
	/* A bit for each. */
	uint8_t *bits;
	uint64_t count;
	/* Some segment's use of the volume is not understood. */
	bool is_unclear;
	/* Two segments have the same extent: the metadata contradict themselves. */
	bool is_contradictory;
};

static void mark_extents(struct extent_marks *marks, uint64_t first, uint64_t length)
{
	if (!range_within(first, length, marks->count)) {
		marks->is_unclear = true;
		return;
	}
	for (uint64_t i = first; i < first + length && !marks->is_contradictory; i++) {
		const uint8_t bit = (uint8_t)(1u << (i % 8));
		marks->is_contradictory = (marks->bits[i / 8] & bit) != 0;
		marks->bits[i / 8] |= bit;
	}
}

static void mark_segment(const struct lvm_node *segment, const char *pv, struct extent_marks *marks)
{
	const struct lvm_node *list = lvm_find(segment, "stripes");
	const uint64_t stripes = lvm_number_or(segment, "stripe_count", 1);
	const uint64_t count = lvm_number_or(segment, "extent_count", UINT64_MAX);
	if (!lvm_is_striped(segment)) {
		for (const struct lvm_node *key = segment->children; key != NULL; key = key->next)
			marks->is_unclear = marks->is_unclear || names(key, pv);
		return;
	}
	if (list == NULL || stripes == 0 || count == UINT64_MAX) {
		marks->is_unclear = true;
		return;
	}
	for (const struct lvm_value *value = list->values; value != NULL; value = value->next->next) {
		if (value->type != LVM_STRING || value->next == NULL || value->next->type != LVM_NUMBER) {
			marks->is_unclear = true;
			return;
		}
		if (strcmp(value->text, pv) == 0)
			mark_extents(marks, (uint64_t)value->next->number,
				     count / stripes + (count % stripes != 0 ? 1 : 0));
	}
}

/* Empty, without bits, where the physical volume makes no sense or memory is short. The caller frees the bits. */
static struct extent_marks mark_volumes(const struct lvm_group *group, const struct lvm_node *pv)
{
	const struct lvm_node *volumes = lvm_find(group->root, "logical_volumes");
	struct extent_marks marks = {.count = lvm_number_or(pv, "pe_count", 0)};
	if (marks.count == 0 || marks.count > MAX_EXTENTS)
		return (struct extent_marks){.is_unclear = true};
	marks.bits = calloc((size_t)marks.count / 8 + 1, 1);
	for (const struct lvm_node *lv = volumes == NULL ? NULL : volumes->children; lv != NULL && marks.bits != NULL;
	     lv = lv->next) {
		for (const struct lvm_node *segment = lv->children; segment != NULL; segment = segment->next) {
			if (is_segment(segment))
				mark_segment(segment, pv->name, &marks);
		}
	}
	return marks;
}

static void tell_free_extents(struct used_search *search, const struct lvm_group *group, const struct lvm_node *pv,
			      const struct extent_marks *marks)
{
	const struct lvm_physical_volume *here = lvm_find_volume(search->inspection->lvm, lvm_find_text(pv, "id"));
	struct told_volume scratch, *told;
	uint64_t base, start, bytes;
	if (here == NULL || marks->bits == NULL || !used_base_of(search->device, here->view, &base) ||
	    !multiply_u64(lvm_number_or(pv, "pe_start", 0), SECTOR, &start) || start == 0 ||
	    !multiply_u64(marks->count, group->extent_size, &bytes) || !range_within(start, bytes, here->view->size))
		return;
	told = used_tell(search, &scratch);
	told->size = here->view->size;
	snprintf(told->what, sizeof told->what, "%.60s/%.40s: LVM physical volume", group->root->name, pv->name);
	if (marks->is_contradictory) {
		snprintf(told->why, sizeof told->why, "two of its group's volumes have the same extents");
	} else if (marks->is_unclear) {
		snprintf(told->why, sizeof told->why, "which extents its volumes have is not understood");
	} else {
		for (uint64_t i = 0; i < marks->count; i++) {
			const uint64_t at = base + start + i * group->extent_size;
			if ((marks->bits[i / 8] >> (i % 8) & 1) != 0)
				continue;
			unused_add(search->map, at, at + group->extent_size);
			told->unused += group->extent_size;
		}
	}
}

static void find_in_group(struct used_search *search, const struct lvm_node *root)
{
	const struct lvm_group group = lvm_open_group(search->inspection->lvm, root);
	const struct lvm_node *volumes = lvm_find(root, "logical_volumes");
	const struct lvm_node *physical = lvm_find(root, "physical_volumes");
	bool is_contradictory = false;
	if (group.extent_size == 0 || group.logical_count > MAX_VOLUMES || group.physical_count > MAX_VOLUMES)
		return;
	for (const struct lvm_node *pv = physical == NULL ? NULL : physical->children; pv != NULL; pv = pv->next) {
		struct extent_marks marks = mark_volumes(&group, pv);
		tell_free_extents(search, &group, pv, &marks);
		is_contradictory = is_contradictory || marks.is_contradictory;
		free(marks.bits);
	}
	/* What is free in one volume may be another's data then. */
	for (const struct lvm_node *lv = volumes == NULL || is_contradictory ? NULL : volumes->children; lv != NULL;
	     lv = lv->next) {
		if (lv->is_section && !is_hidden(volumes, lv))
			find_in_volume(search, &group, lv);
	}
}

/* Two disks with the same physical volume: a copy, or a second path. Whose map the group's is, nobody can tell. */
static bool has_a_double(const struct lvm_set *set, const struct lvm_node *root)
{
	const struct lvm_node *physical = lvm_find(root, "physical_volumes");
	for (const struct lvm_node *pv = physical == NULL ? NULL : physical->children; pv != NULL; pv = pv->next) {
		const char *uuid = lvm_find_text(pv, "id");
		size_t seen = 0;
		for (size_t i = 0; uuid != NULL && i < set->count; i++)
			seen += strcmp(set->volumes[i].label.uuid, uuid) == 0;
		if (seen > 1)
			return true;
	}
	return false;
}

/* A group that cannot be trusted is left alone: its disks are read whole. */
void used_find_in_groups(struct used_search *search)
{
	const struct lvm_set *set = search->inspection->lvm;
	for (size_t i = 0; i < set->count; i++) {
		const struct lvm_node *root = lvm_group_of(set->volumes[i].label.metadata);
		if (root != NULL && !has_a_double(set, root))
			find_in_group(search, root);
	}
}

bool used_groups_span(const struct inspection *inspection)
{
	const struct lvm_set *set = inspection->lvm;
	for (size_t i = 0; i < set->count; i++) {
		const struct lvm_node *root = lvm_group_of(set->volumes[i].label.metadata);
		const struct lvm_node *physical = lvm_find(root, "physical_volumes");
		if (root == NULL)
			return true;
		for (const struct lvm_node *pv = physical == NULL ? NULL : physical->children; pv != NULL; pv = pv->next) {
			if (lvm_find_volume(set, lvm_find_text(pv, "id")) == NULL)
				return true;
		}
	}
	return false;
}

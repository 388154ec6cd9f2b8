/*
 * LVM2's metadata text as a tree: sections in braces, and keys with strings, numbers or lists of them.
 */
#ifndef SMA_INSPECT_LVM_TEXT_H
#define SMA_INSPECT_LVM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lvm_value_type { LVM_STRING, LVM_NUMBER };

struct lvm_value {
	enum lvm_value_type type;
	/* Zero-terminated, inside the tree. */
	const char *text;
	int64_t number;
	const struct lvm_value *next;
};

struct lvm_node {
	const char *name;
	/* Of a key; the first one, NULL for an empty list and for sections. */
	const struct lvm_value *values;
	bool is_section;
	/* Of a section. */
	struct lvm_node *children;
	struct lvm_node *next;
};

struct lvm_tree;

/*
 * Parses `length` bytes of text, up to the first zero byte. NULL when it is not well-formed, nests too deeply, is too
 * large, or memory is short.
 */
struct lvm_tree *lvm_parse(const char *text, size_t length);
void lvm_tree_free(struct lvm_tree *tree);

/* Bytes that the tree takes. */
size_t lvm_tree_memory(const struct lvm_tree *tree);

const struct lvm_node *lvm_root(const struct lvm_tree *tree);
const struct lvm_node *lvm_find(const struct lvm_node *section, const char *name);
/* The string, or NULL when there is no such key with a string. */
const char *lvm_find_text(const struct lvm_node *section, const char *name);
/* False when there is no such key with a number that is not negative. */
bool lvm_find_number(const struct lvm_node *section, const char *name, uint64_t *number);
/* True when the key is a list that has the string. */
bool lvm_list_has(const struct lvm_node *section, const char *name, const char *text);

#endif

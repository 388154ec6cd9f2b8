/*
 * Grammar: lvm.conf(5); the metadata of a volume group is written in the same language.
 */
#include "lvm_text.h"

#include <stdlib.h>
#include <string.h>

enum {
	MAX_DEPTH = 16,
	/* A volume group of 10,000 volumes has about 200,000 nodes. */
	MAX_MEMORY = 24 << 20,
	BLOCK = 64 << 10,
};

struct block {
	struct block *next;
	size_t used;
	size_t size;
	/* Only for its alignment. */
	uint64_t bytes[];
};

struct lvm_tree {
	struct block *blocks;
	size_t memory;
	struct lvm_node root;
};

struct parser {
	struct lvm_tree *tree;
	const char *at;
	const char *end;
};

static void *allocate(struct lvm_tree *tree, size_t size)
{
	size = (size + 7) & ~(size_t)7;
	if (tree->blocks == NULL || tree->blocks->size - tree->blocks->used < size) {
		const size_t room = size > BLOCK ? size : BLOCK;
		if (room > MAX_MEMORY - tree->memory)
			return NULL;
		struct block *block = malloc(sizeof *block + room);
		if (block == NULL)
			return NULL;
		tree->memory += room;
		*block = (struct block){tree->blocks, 0, room};
		tree->blocks = block;
	}
	void *memory = (char *)tree->blocks->bytes + tree->blocks->used;
	tree->blocks->used += size;
	memset(memory, 0, size);
	return memory;
}

static void skip_blanks(struct parser *parser)
{
	while (parser->at < parser->end) {
		const char c = *parser->at;
		if (c == '#') {
			while (parser->at < parser->end && *parser->at != '\n')
				parser->at++;
		} else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',') {
			parser->at++;
		} else {
			break;
		}
	}
}

static bool accept(struct parser *parser, char c)
{
	skip_blanks(parser);
	if (parser->at >= parser->end || *parser->at != c)
		return false;
	parser->at++;
	return true;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr("_-.+/@", c) != NULL;
}

static const char *parse_word(struct parser *parser)
{
	skip_blanks(parser);
	const char *start = parser->at;
	while (parser->at < parser->end && *parser->at != '\0' && is_word(*parser->at))
		parser->at++;
	const size_t length = (size_t)(parser->at - start);
	char *word = length == 0 ? NULL : allocate(parser->tree, length + 1);
	if (word != NULL)
		memcpy(word, start, length);
	return word;
}

/* After the opening quote. A backslash takes the next character as it is. */
static const char *parse_quoted(struct parser *parser)
{
	size_t length = 0;
	const char *p = parser->at;
	for (; p < parser->end && *p != '"'; p++) {
		if (*p == '\\' && ++p >= parser->end)
			return NULL;
		length++;
	}
	if (p >= parser->end)
		return NULL;
	char *text = allocate(parser->tree, length + 1);
	if (text == NULL)
		return NULL;
	for (size_t i = 0; i < length; i++, parser->at++) {
		if (*parser->at == '\\')
			parser->at++;
		text[i] = *parser->at;
	}
	parser->at++;
	return text;
}

static const struct lvm_value *parse_value(struct parser *parser)
{
	struct lvm_value *value = allocate(parser->tree, sizeof *value);
	if (value == NULL)
		return NULL;
	if (accept(parser, '"')) {
		value->type = LVM_STRING;
		value->text = parse_quoted(parser);
		return value->text == NULL ? NULL : value;
	}
	value->text = parse_word(parser);
	if (value->text == NULL)
		return NULL;
	char *end;
	value->number = strtoll(value->text, &end, 10);
	/* A fraction is cut; nothing that is read here has one. */
	value->type = end != value->text ? LVM_NUMBER : LVM_STRING;
	return value;
}

static bool parse_values(struct parser *parser, struct lvm_node *node)
{
	if (!accept(parser, '[')) {
		node->values = parse_value(parser);
		return node->values != NULL;
	}
	const struct lvm_value **tail = &node->values;
	while (!accept(parser, ']')) {
		struct lvm_value *value = (struct lvm_value *)parse_value(parser);
		if (value == NULL)
			return false;
		*tail = value;
		tail = &value->next;
	}
	return true;
}

/* The entries of a section up to its closing brace, or of the root up to the end of the text. */
static bool parse_entries(struct parser *parser, struct lvm_node *section, int depth)
{
	struct lvm_node **tail = &section->children;
	if (depth > MAX_DEPTH)
		return false;
	for (;;) {
		skip_blanks(parser);
		if (parser->at >= parser->end)
			return depth == 0;
		if (depth > 0 && accept(parser, '}'))
			return true;
		struct lvm_node *node = allocate(parser->tree, sizeof *node);
		if (node == NULL)
			return false;
		node->name = accept(parser, '"') ? parse_quoted(parser) : parse_word(parser);
		if (node->name == NULL)
			return false;
		if (accept(parser, '{')) {
			node->is_section = true;
			if (!parse_entries(parser, node, depth + 1))
				return false;
		} else if (!accept(parser, '=') || !parse_values(parser, node)) {
			return false;
		}
		*tail = node;
		tail = &node->next;
	}
}

struct lvm_tree *lvm_parse(const char *text, size_t length)
{
	struct lvm_tree *tree = calloc(1, sizeof *tree);
	if (tree == NULL)
		return NULL;
	const char *zero = memchr(text, '\0', length);
	struct parser parser = {tree, text, zero != NULL ? zero : text + length};
	tree->root.is_section = true;
	tree->root.name = "";
	if (!parse_entries(&parser, &tree->root, 0)) {
		lvm_tree_free(tree);
		return NULL;
	}
	return tree;
}

void lvm_tree_free(struct lvm_tree *tree)
{
	if (tree == NULL)
		return;
	while (tree->blocks != NULL) {
		struct block *next = tree->blocks->next;
		free(tree->blocks);
		tree->blocks = next;
	}
	free(tree);
}

size_t lvm_tree_memory(const struct lvm_tree *tree)
{
	return tree->memory;
}

const struct lvm_node *lvm_root(const struct lvm_tree *tree)
{
	return &tree->root;
}

const struct lvm_node *lvm_find(const struct lvm_node *section, const char *name)
{
	if (section == NULL || !section->is_section)
		return NULL;
	for (const struct lvm_node *node = section->children; node != NULL; node = node->next) {
		if (strcmp(node->name, name) == 0)
			return node;
	}
	return NULL;
}

const char *lvm_find_text(const struct lvm_node *section, const char *name)
{
	const struct lvm_node *node = lvm_find(section, name);
	return node != NULL && node->values != NULL && node->values->type == LVM_STRING ? node->values->text : NULL;
}

bool lvm_find_number(const struct lvm_node *section, const char *name, uint64_t *number)
{
	const struct lvm_node *node = lvm_find(section, name);
	if (node == NULL || node->values == NULL || node->values->type != LVM_NUMBER || node->values->number < 0)
		return false;
	*number = (uint64_t)node->values->number;
	return true;
}

bool lvm_list_has(const struct lvm_node *section, const char *name, const char *text)
{
	const struct lvm_node *node = lvm_find(section, name);
	for (const struct lvm_value *value = node == NULL ? NULL : node->values; value != NULL; value = value->next) {
		if (value->type == LVM_STRING && strcmp(value->text, text) == 0)
			return true;
	}
	return false;
}

#include "ldm_basic.h"

#include <stddef.h>
#include <string.h>

const char *ldm_basic_obstacle(const char *type, bool is_consistent, bool is_whole)
{
	/* Their data are not one run behind the other. */
	static const char *const spread[] = {"striped", "mirrored", "raid5"};

	for (size_t i = 0; i < sizeof spread / sizeof *spread; i++) {
		if (strcmp(type, spread[i]) == 0)
			return spread[i];
	}
	if (strcmp(type, "simple") != 0 && strcmp(type, "spanned") != 0)
		return "layout-unknown";
	if (!is_consistent)
		return "database-inconsistent";
	return is_whole ? NULL : "disk-missing";
}

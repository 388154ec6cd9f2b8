#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../launch.h"

/* libFuzzer target: a launch document. */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct launch launch;
	char why[64];

	if (launch_parse(bytes, size, &launch, why, sizeof why)) {
		/* What it accepted lies inside the document. */
		if (launch.key < bytes || launch.key + launch.key_length > bytes + size || launch.host_count == 0)
			__builtin_trap();
	} else if (memchr(why, '\0', sizeof why) == NULL) {
		__builtin_trap();
	}
	return 0;
}

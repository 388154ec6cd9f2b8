#include "check.h"

struct test_case *first_test, **last_test = &first_test;
bool test_failed;

void check_text(const char *file, int line, const char *have, const char *want)
{
	if (strcmp(have, want) == 0)
		return;
	test_failed = true;
	printf("    %s:%d:\n      have %.2000s\n      want %.2000s\n", file, line, have, want);
}

void check_number(const char *file, int line, long long have, long long want)
{
	if (have == want)
		return;
	test_failed = true;
	printf("    %s:%d: have %lld, want %lld\n", file, line, have, want);
}

int main(void)
{
	int passed = 0, failed = 0;

	for (struct test_case *test = first_test; test != NULL; test = test->next) {
		test_failed = false;
		test->run();
		printf("%s %s\n", test_failed ? "not ok" : "ok", test->name);
		fflush(stdout);
		if (test_failed)
			failed++;
		else
			passed++;
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed == 0 ? 0 : 1;
}

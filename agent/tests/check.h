#ifndef SMA_CHECK_H
#define SMA_CHECK_H

/*
 * The C tests' frame: a test is a function registered with TEST("a sentence about behaviour"); a failed CHECK prints
 * where and goes on. A program ends with the line `N passed, N failed` and exits 1 when any failed.
 */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct test_case {
	const char *name;
	void (*run)(void);
	struct test_case *next;
};

extern struct test_case *first_test, **last_test;
extern bool test_failed;

#define TEST_JOIN2(a, b) a##b
#define TEST_JOIN(a, b) TEST_JOIN2(a, b)
#define TEST(sentence)                                                                                    \
	static void TEST_JOIN(test_, __LINE__)(void);                                                     \
	static struct test_case TEST_JOIN(case_, __LINE__) = {sentence, TEST_JOIN(test_, __LINE__), NULL}; \
	__attribute__((constructor)) static void TEST_JOIN(add_, __LINE__)(void)                          \
	{                                                                                                 \
		*last_test = &TEST_JOIN(case_, __LINE__);                                                 \
		last_test = &TEST_JOIN(case_, __LINE__).next;                                             \
	}                                                                                                 \
	static void TEST_JOIN(test_, __LINE__)(void)

#define CHECK(condition)                                                                \
	do {                                                                            \
		if (!(condition)) {                                                     \
			test_failed = true;                                             \
			printf("    %s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
		}                                                                       \
	} while (0)

#define CHECK_TEXT(have, want) check_text(__FILE__, __LINE__, have, want)
#define CHECK_NUMBER(have, want) check_number(__FILE__, __LINE__, (long long)(have), (long long)(want))

void check_text(const char *file, int line, const char *have, const char *want);
void check_number(const char *file, int line, long long have, long long want);

#endif

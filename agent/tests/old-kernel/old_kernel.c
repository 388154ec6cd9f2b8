/*
 * old_kernel PROGRAM [ARGUMENT...]: runs a program as if on Linux 2.6.18. Every system call that is newer than that
 * kernel answers ENOSYS, and uname says 2.6. x86-64 only.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

enum {
	/* move_pages came with 2.6.18; utimensat, 280, with 2.6.22. */
	LAST_OF_2_6_18 = 279,
	UNAME_2_6 = 0x0020000,
	CANNOT = 125
};

static int install_filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LAST_OF_2_6_18, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof code / sizeof *code, code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* The test is worth nothing when the filter does not filter. */
static int filter_works(void)
{
	struct utsname name;
	char byte;

	errno = 0;
	return syscall(SYS_getrandom, &byte, 1, 0) == -1 && errno == ENOSYS && uname(&name) == 0 &&
	       strncmp(name.release, "2.6.", 4) == 0;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fputs("usage: old_kernel PROGRAM [ARGUMENT...]\n", stderr);
		return CANNOT;
	}
	if (personality(UNAME_2_6) == -1 || !install_filter() || !filter_works()) {
		fputs("old_kernel: seccomp filters do not work here\n", stderr);
		return CANNOT;
	}
	execv(argv[1], argv + 1);
	perror(argv[1]);
	return CANNOT;
}

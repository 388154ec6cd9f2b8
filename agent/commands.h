#ifndef SMA_COMMANDS_H
#define SMA_COMMANDS_H

/* The commands of the command line; each returns the process's exit code. */

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_ALREADY_RUNNING = 3, EXIT_NOT_RUNNING = 4 };

int command_run(void);
int command_status(void);
int command_stop(void);
int command_remove(void);
int command_disks(void);
/* `argv[0]` is "hash". */
int command_hash(int argc, char **argv);
/* `argv[0]` is "used". */
int command_used(int argc, char **argv);

#endif

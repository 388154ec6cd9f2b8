#ifndef SMA_INSPECT_INSPECT_H
#define SMA_INSPECT_INSPECT_H

/*
 * `sma-agent inspect [--json] [--sector-size N] DEVICE|IMAGE …`: prints what is on them, as one JSON document. argv[0]
 * is the command's own name. Returns the exit code: 0 all were read, 1 some could not be opened (the document says
 * which and why), 2 wrong arguments.
 */
int inspect_main(int argc, char **argv);

#endif

/**
 * Keeps V8's heap small; imported first by the daemon's entry. Left to itself the young generation grows with what
 * passes through, to three times 16 MiB, and the old one to several times what is in use: a daemon that hands terabytes
 * on by the page would come to that for nothing. Swept more often they cost a few hundredths of its processor time.
 * Flags on a command line would have to be repeated by everybody who starts a daemon.
 */
import { setFlagsFromString } from "node:v8";

setFlagsFromString("--semi-space-growth-factor=1");
setFlagsFromString("--heap-growing-percent=50");

/**
 * How a command gets through whatever login shell the source has, and how its output is told from login noise.
 *
 * The login shell only ever sees a constant line that means the same in sh, bash, zsh, csh, tcsh and fish: it starts
 * /bin/sh, which reads one *header line* from standard input and evaluates it. What varies travels in that line, so
 * that nothing of it shows in the source's process list, and no quoting but POSIX sh's is needed. The header prints
 * a marker on both outputs before the command starts: what came before it was printed by banners and profiles.
 */

/** Makes any text one word of POSIX sh on one line. `$n` must hold a newline. Refuses nothing: check for NUL before. */
export function quoteForHeader(text: string): string {
  return `'${text.replaceAll("'", `'\\''`).replaceAll("\n", `'"$n"'`)}'`;
}

/** True where no program can receive the text as an argument. */
export function hasNul(text: string): boolean {
  return text.includes("\0");
}

// A profile that reads standard input may have taken the header: what comes then is data and must not be run.
const headerMark = ": sma;";
const readHeader = `IFS= read -r s||exit 125;case $s in "${headerMark}"*)eval "$s";;*)exit 125;;esac`;

/** The two ways to reach /bin/sh: the second is for shells that refuse `exec` and paths (rbash). */
export const loginCommands = {
  direct: `exec /bin/sh -c '${readHeader}'`,
  restricted: `sh -c '${readHeader}'`,
} as const;
export type LoginShellKind = keyof typeof loginCommands;

/** What a usable login shell answers to the probe, between marks that the probe's text itself does not contain. */
export interface ProbeAnswer {
  readonly userId: number;
  readonly isWindows: boolean;
}

const probe = 'echo "sma-$((6*7))-probe $(id -u) ${OS:-unix}"';

export const probeCommands: Readonly<Record<LoginShellKind, string>> = {
  direct: `exec /bin/sh -c '${probe}'`,
  restricted: `sh -c '${probe}'`,
};

export function parseProbe(stdout: string): ProbeAnswer | null {
  const match = /sma-42-probe (\d+) (\S+)/.exec(stdout);
  return match === null ? null : { userId: Number(match[1]), isWindows: match[2] === "Windows_NT" };
}

/** `nonce` is lower-case hex. The marker line continues with the process id on standard output. */
export function markerText(nonce: string): string {
  return `SMA${nonce}:`;
}

// Split so that a far side that only echoes what it reads cannot forge the marker.
function printStdoutMarker(nonce: string): string {
  return `printf '%s%s:%s\\n' SMA ${nonce} $$;`;
}

function printMarkers(nonce: string): string {
  return `${printStdoutMarker(nonce)}printf '%s%s:\\n' SMA ${nonce} >&2;`;
}

const prologue =
  "n=$(printf '\\nx');n=${n%x};PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin;export PATH;";

export type Work =
  | { readonly kind: "run"; readonly argv: readonly [string, ...string[]] }
  | { readonly kind: "script"; readonly text: string; readonly parameters: readonly string[] };

function setWords(work: Work): string {
  const words = work.kind === "run" ? work.argv : [work.text, ...work.parameters];
  return `set -- ${words.map(quoteForHeader).join(" ")};unset n s;`;
}

function startOf(work: Work): string {
  return work.kind === "run" ? 'exec "$@"' : 'sma_text=$1;shift;eval "$sma_text"';
}

function workLine(nonce: string, work: Work): string {
  return `${prologue}${setWords(work)}${printMarkers(nonce)}${startOf(work)}\n`;
}

/** The header line (with its newline) that prints the markers and then becomes the command. */
export function workHeader(nonce: string, work: Work): Buffer {
  return Buffer.from(`${headerMark}${workLine(nonce, work)}`, "utf8");
}

/**
 * The constant line that root's shell gets. It says that it is there, then skips lines (a password that nobody
 * asked for) until the header that carries the nonce.
 */
function elevatedCommand(nonce: string): string {
  // On a terminal of sudo's own making (use_pty) the modes are not ours yet.
  return `stty raw -echo 2>/dev/null;echo ${elevationReadyText(nonce)};while IFS= read -r s||exit 125;do case $s in ": ${nonce};"*)break;;esac;done;unset LC_ALL;eval "$s"`;
}

export function elevationReadyText(nonce: string): string {
  return `SMA-ROOT-${nonce}`;
}

export function promptText(nonce: string): string {
  return `SMA-PASSWORD-${nonce}:`;
}

/** The header line that turns the login's sh into root's. The password never enters it. */
export function elevationHeader(nonce: string, how: "sudo" | "sudo-without-password" | "su"): Buffer {
  const inner = `/bin/sh -c '${elevatedCommand(nonce)}'`;
  const commands = {
    sudo: `exec sudo -S -p ${promptText(nonce)} -- ${inner}`,
    "sudo-without-password": `exec sudo -n -- ${inner}`,
    su: `exec su root -c ${quoteForHeader(`exec ${inner}`)}`,
  };
  return Buffer.from(`${headerMark}${prologue}LC_ALL=C;export LC_ALL;${commands[how]}\n`, "utf8");
}

/** The work's header as the elevated shell wants it. */
export function elevatedWorkHeader(nonce: string, work: Work): Buffer {
  return Buffer.from(`: ${nonce};${workLine(nonce, work)}`, "utf8");
}

/**
 * The same where everything passes through one terminal, which has no end of input and no second output: the command
 * gets exactly `stdinBytes` bytes, and its standard error follows its standard output in a trailer.
 */
export function terminalWorkHeader(nonce: string, work: Work, stdinBytes: number): Buffer {
  const input = stdinBytes === 0 ? "" : `head -c ${stdinBytes} 2>/dev/null|`;
  const redirect = stdinBytes === 0 ? " </dev/null" : "";
  const command = `${input}(exec 3>&-;${startOf(work)})${redirect}`;
  const capture = `exec 3>&1;sma_err=$( ${command} 2>&1 1>&3;printf ':%s' "$?");`;
  const trailer = `printf '%s%s:\\n%s' SMAEND ${nonce} "$sma_err";exit 0`;
  return Buffer.from(
    `: ${nonce};${prologue}${setWords(work)}${printStdoutMarker(nonce)}${capture}${trailer}\n`,
    "utf8",
  );
}

/** Takes apart what came after the marker on a terminal; null where the trailer is missing. */
export function parseTerminalOutput(
  nonce: string,
  output: Buffer,
): { readonly stdout: Buffer; readonly stderr: Buffer; readonly exitCode: number } | null {
  const end = Buffer.from(`SMAEND${nonce}:\n`);
  const at = output.lastIndexOf(end);
  if (at < 0) return null;
  const rest = output.subarray(at + end.length);
  const match = /:(\d+)$/.exec(rest.toString("latin1"));
  if (match === null) return null;
  return {
    stdout: output.subarray(0, at),
    stderr: rest.subarray(0, match.index),
    exitCode: Number(match[1]),
  };
}

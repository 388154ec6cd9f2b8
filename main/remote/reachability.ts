import { ok, type Result } from "../../common/result.ts";
import type { SourceSession } from "./contract.ts";

/** `unknown`: the source has no means to try. */
export type Reachability = "reached" | "refused" | "timed-out" | "unreachable" | "unknown";

// Every means is tried until one can tell. bash is asked for by name: the login's sh may be another.
const tryScript = `
host=$1 port=$2 seconds=$3
limited() {
  if timeout 1 true >/dev/null 2>&1; then timeout "$seconds" "$@" 2>&1
  elif timeout -t 1 true >/dev/null 2>&1; then timeout -t "$seconds" "$@" 2>&1
  else "$@" 2>&1
  fi
}
python='
import socket,sys
s=None
try:
    s=socket.create_connection((sys.argv[1],int(sys.argv[2])),float(sys.argv[3]))
    print("reached")
except socket.timeout:
    print("timed out")
except Exception:
    print(sys.exc_info()[1])
'
perl='use IO::Socket::INET; my $s=IO::Socket::INET->new(PeerAddr=>$ARGV[0],PeerPort=>$ARGV[1],Timeout=>$ARGV[2]); print $s?"reached":$@,"\\n";'
for tool in python3 python python2; do
  command -v $tool >/dev/null 2>&1 || continue
  $tool -c "$python" "$host" "$port" "$seconds" 2>/dev/null && exit 0
done
case $host in
  *:*) ;;
  *) command -v perl >/dev/null 2>&1 && LC_ALL=C perl -e "$perl" "$host" "$port" "$seconds" 2>/dev/null && exit 0 ;;
esac
LC_ALL=C; export LC_ALL
if command -v bash >/dev/null 2>&1 && command -v timeout >/dev/null 2>&1; then
  said=$(timeout "$seconds" bash -c 'exec 3<>"/dev/tcp/$1/$2" && echo reached' bash "$host" "$port" 2>&1)
  code=$?
  [ $code -eq 124 ] || [ $code -eq 143 ] && said="timed out"
  case $said in
    *"No such file"*) ;;
    *) echo "$said"; exit 0 ;;
  esac
fi
for tool in nc ncat "busybox nc"; do
  command -v \${tool%% *} >/dev/null 2>&1 || continue
  said=$(limited $tool -w "$seconds" "$host" "$port" </dev/null)
  code=$?
  case $said in
    *usage*|*"invalid option"*|*"applet not found"*) continue ;;
  esac
  [ $code -eq 0 ] && said=reached
  [ $code -eq 124 ] || [ $code -eq 143 ] && said="timed out"
  echo "\${said:-no connection}"; exit 0
done
echo unknown
`;

const windowsScript = `# sma reach port
param($address, [int]$port, [int]$seconds)
$client = New-Object Net.Sockets.TcpClient
if ($address -match ':') { $client = New-Object Net.Sockets.TcpClient ([Net.Sockets.AddressFamily]::InterNetworkV6) }
try {
  $pending = $client.BeginConnect($address, $port, $null, $null)
  if (-not $pending.AsyncWaitHandle.WaitOne($seconds * 1000, $false)) { 'timed out' }
  else { $client.EndConnect($pending); 'reached' }
} catch {
  $cause = $_.Exception
  while ($cause.InnerException) { $cause = $cause.InnerException }
  if ($cause.NativeErrorCode -eq 10061) { 'refused' }
  elseif ($cause.NativeErrorCode -eq 10060) { 'timed out' }
  else { 'unreachable: ' + $cause.Message }
} finally { $client.Close() }
`;

/** From the source: tries to open a TCP connection to `host`:`port` with what the source has for it. */
export async function reachability(
  session: SourceSession,
  host: string,
  port: number,
  options: { readonly timeoutSeconds?: number; readonly signal?: AbortSignal } = {},
): Promise<Result<Reachability>> {
  const seconds = options.timeoutSeconds ?? 8;
  const parameters = [host, String(port), String(seconds)];
  const runOptions = {
    timeoutMs: (seconds * 6 + 20) * 1000,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  if (session.platform === "windows") {
    const output = await session.powershell(windowsScript, parameters, runOptions);
    if (!output.ok && output.failure.context["missing"] === "powershell") return ok("unknown");
    return output.ok ? ok(judge(output.value.stdout)) : output;
  }
  const output = await session.script(tryScript, parameters, runOptions);
  return output.ok ? ok(judge(output.value.stdout)) : output;
}

/** Null where the source cannot tell. */
export async function reachesPort(
  session: SourceSession,
  host: string,
  port: number,
): Promise<Result<boolean | null>> {
  const result = await reachability(session, host, port);
  if (!result.ok) return result;
  return ok(result.value === "unknown" ? null : result.value === "reached");
}

/** Reads the tool's own words; exported for its tests. */
export function judge(output: string): Reachability {
  const text = output.trim();
  if (/^reached$/m.test(text)) return "reached";
  if (text === "" || text === "unknown") return "unknown";
  if (/refused/i.test(text)) return "refused";
  if (/timed? ?out|timeout/i.test(text)) return "timed-out";
  return "unreachable";
}

import { execFileSync } from "node:child_process";

const environment = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
const ip = (...args: readonly string[]): string =>
  execFileSync("ip", args, { env: environment, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/**
 * A network of its own, joined to ours by one cable: a source that is another machine, as far as the network goes. Needs
 * root. 198.18.0.0/15 is set aside for benches (RFC 2544).
 */
export class NetworkNamespace {
  readonly name: string;
  /** Our end of the cable. */
  readonly hostAddress: string;
  readonly #device: string;

  private constructor(number: number) {
    this.name = `sma-bench-${number}`;
    this.#device = `smab${number}`;
    this.hostAddress = `198.18.${number % 250}.1`;
  }

  /** Undefined where this account may not. */
  static make(number: number): NetworkNamespace | undefined {
    const made = new NetworkNamespace(number);
    try {
      ip("netns", "add", made.name);
    } catch {
      return undefined;
    }
    const inside = made.hostAddress.replace(/1$/, "2");
    ip("link", "add", made.#device, "type", "veth", "peer", "name", "eth0", "netns", made.name);
    ip("address", "add", `${made.hostAddress}/30`, "dev", made.#device);
    ip("link", "set", made.#device, "up");
    ip("-n", made.name, "address", "add", `${inside}/30`, "dev", "eth0");
    ip("-n", made.name, "link", "set", "eth0", "up");
    ip("-n", made.name, "link", "set", "lo", "up");
    return made;
  }

  /** Makes the cable slow in both directions, as a token bucket does. */
  limit(megabits: number): void {
    const bucket = ["root", "tbf", "rate", `${megabits}mbit`, "burst", "32kb", "latency", "50ms"];
    const tc = (...args: readonly string[]) => execFileSync("tc", args, { env: environment });
    tc("qdisc", "replace", "dev", this.#device, ...bucket);
    tc("-n", this.name, "qdisc", "replace", "dev", "eth0", ...bucket);
  }

  /**
   * Carries nothing any more, in both directions, without a word to either end, as a firewall that forgot a connection
   * does; false: carries again.
   */
  silence(isSilent: boolean): void {
    // Nothing is as small as this bucket.
    const full = ["root", "tbf", "rate", "8bit", "burst", "10", "limit", "1"];
    const tc = (...args: readonly string[]) => execFileSync("tc", args, { env: environment });
    const [verb, what] = isSilent ? ["replace", full] : ["delete", ["root"]];
    tc("qdisc", verb, "dev", this.#device, ...what);
    tc("-n", this.name, "qdisc", verb, "dev", "eth0", ...what);
  }

  /** Bytes that came out of the namespace, all headers included. */
  receivedBytes(): number {
    const told: unknown = JSON.parse(ip("-s", "-j", "link", "show", "dev", this.#device));
    const [device] = told as readonly { stats64: { rx: { bytes: number } } }[];
    return device?.stats64.rx.bytes ?? 0;
  }

  /** The command that runs a program in it. */
  command(program: string, ...args: readonly string[]): readonly [string, ...string[]] {
    return ["ip", "netns", "exec", this.name, program, ...args];
  }

  remove(): void {
    ip("link", "delete", this.#device);
    ip("netns", "delete", this.name);
  }
}

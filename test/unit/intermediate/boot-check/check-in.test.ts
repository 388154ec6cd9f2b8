import { describe, expect, it } from "vitest";
import { parseCheckIn, shortcomings } from "../../../../intermediate/boot-check/check-in.ts";

const said = (lines: readonly string[]): string =>
  `\r\nsma-check-in begin\r\n${lines.join("\r\n")}\r\nsma-check-in end\r\n`;
const whole = ["kernel=6.1.0-50-cloud-amd64", "init=systemd", "root=/dev/vda1 ext4", "swap=yes", "sshd=yes"];

describe("the check-in from inside", () => {
  it("counts only when it was said to the end", () => {
    expect(parseCheckIn(said(whole).slice(0, -20))).toBeNull();
    expect(parseCheckIn("")).toBeNull();
    expect(parseCheckIn(`noise${said(whole)}more`)).toEqual({
      kernel: "6.1.0-50-cloud-amd64",
      init: "systemd",
      root: "/dev/vda1 ext4",
      unmounted: [],
      swap: true,
      sshd: true,
      failedUnits: [],
    });
  });

  it("tells what is missing, but not what has no network to work with", () => {
    const checkIn = parseCheckIn(
      said([
        ...whole.slice(0, 3),
        "unmounted=/data",
        "swap=no",
        "sshd=no",
        "failed=srv-x.mount",
        "failed=networking.service",
      ]),
    );
    expect(checkIn === null ? [] : shortcomings(checkIn).map(({ what }) => what)).toEqual([
      "not mounted: /data",
      "swap is not in use",
      "sshd does not listen",
      "failed: srv-x.mount",
    ]);
    const good = parseCheckIn(said([...whole, "failed=systemd-networkd-wait-online.service"]));
    expect(good === null ? null : shortcomings(good)).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { withoutSecrets } from "../../../../main/inventory/secrets.ts";

describe("text that a source gave", () => {
  it.each([
    ["username=joe,password=hunter2,uid=0", "username=joe,password=[removed],uid=0"],
    ["IEEE_8021X_PASSWORD='hunter2, and more' A=1", "IEEE_8021X_PASSWORD=[removed] A=1"],
    ['pass=hun"ter2 ro', "pass=[removed] ro"],
    ["rd.iscsi.in.password=hunter2 quiet", "rd.iscsi.in.password=[removed] quiet"],
    ["PresharedKey = hunter2=", "PresharedKey = [removed]"],
    ["netroot=iscsi:joe:hunter2@192.0.2.1::3260", "netroot=iscsi:[removed]@192.0.2.1::3260"],
    ["inst.ks=https://joe:p@hunter2@host/ks", "inst.ks=https://joe:[removed]@host/ks"],
  ])("%s comes without its secret", (given, kept) => {
    expect(withoutSecrets(given)).toBe(kept);
  });

  it.each([
    "root=UUID=05d927bb-5875-49e3-ada1-7f46cb31c932 ro quiet",
    "rw,relatime,uid=1000,gid=1000,iocharset=utf8",
    "netroot=iscsi:192.0.2.1::3260::iqn.2020-01.example:a",
    "ip=192.0.2.5::192.0.2.1:255.255.255.0:host:eth0:none",
  ])("%s stays as it is", (given) => {
    expect(withoutSecrets(given)).toBe(given);
  });
});

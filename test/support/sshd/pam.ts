import { randomBytes } from "node:crypto";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SshFixture } from "./fixture.ts";
import { findSshd, type SshdServer } from "./sshd.ts";

/**
 * A server that logs in by keyboard-interactive through a PAM stack of the test's own. sshd names its PAM service
 * after its binary, so a symbolic link gives it one that nobody else uses.
 */
export async function startPamService(
  fixture: SshFixture,
  authLines: readonly string[],
): Promise<SshdServer> {
  const service = `sma-test-${randomBytes(4).toString("hex")}`;
  const file = `/etc/pam.d/${service}`;
  writeFileSync(
    file,
    [...authLines, "account required pam_permit.so", "session required pam_permit.so", ""].join("\n"),
  );
  fixture.onCleanUp(() => rmSync(file));
  const binary = join(fixture.directory, service);
  symlinkSync(findSshd() ?? "", binary);
  return fixture.sshd({
    binary,
    config: ["UsePAM yes", "PasswordAuthentication no", "KbdInteractiveAuthentication yes"],
  });
}

import { fail, ok, type Result } from "../../common/result.ts";
import { runTool } from "../../intermediate/qemu/run-tool.ts";

/** The address of a Debian mirror: the one that this machine's own apt uses. */
export async function debianMirror(signal: AbortSignal): Promise<Result<string>> {
  const fields = "$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)";
  const listed = await runTool("apt-get", ["indextargets", "--format", fields, "Created-By: Packages"], {
    signal,
  });
  if (!listed.ok) return listed;
  for (const line of listed.value.stdout.split("\n")) {
    const [origin, label, component, address] = line.split("|");
    if (origin === "Debian" && label === "Debian" && component === "main" && address !== undefined)
      return ok(address);
  }
  return fail(
    "not-found",
    "apt knows no Debian mirror to build a lab server from",
    {},
    "Run `apt-get update`; the lab needs a machine whose apt sources name a Debian mirror.",
  );
}

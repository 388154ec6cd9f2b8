import { describe } from "vitest";
import { acceptorObstacle } from "./ntlm-acceptor.ts";

const obstacle = acceptorObstacle();
if (obstacle !== null) console.warn(`SKIPPED: tests of WinRM against gss-ntlmssp: ${obstacle}`);

/** A suite that needs gss-ntlmssp; skipped loudly where it is missing. */
export const describeWithNtlm = obstacle === null ? describe : describe.skip;

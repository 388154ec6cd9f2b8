import { writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Receipt, ReceiptVerification } from "../../../common/domain/receipt.ts";
import { unwrap } from "../../../common/result.ts";
import { number, onlyOperand, text, texts, UsageError, type Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { formatBytes, formatSeconds, formatTable, printable } from "../format.ts";
import { jobOperand } from "../job-operand.ts";
import type { Terminal } from "../terminal.ts";

const agentPath = join(
  ...[dirname(fileURLToPath(import.meta.url)), "..", "..", ".."],
  ...["resources", "agents", "linux-x86_64", "sma-agent"],
);

const show: Command = {
  name: "receipt show",
  operands: "JOB",
  summary: "show the signed receipt of a job's newest run",
  options: {
    run: { type: "string", value: "N", description: "of this run instead" },
    out: { type: "string", value: "FILE", description: "write the signed JSON there as well" },
    pdf: { type: "string", value: "FILE", description: "write it there as a PDF as well" },
  },
  async run(context) {
    const { options, terminal, signal } = context;
    const shown = unwrap(
      await (
        await context.assistant()
      ).call(
        "receipt.show",
        {
          job: jobOperand(context),
          run: number(options, "run", 1, 1_000_000) ?? null,
          pdfPath: text(options, "pdf") ?? null,
        },
        signal,
      ),
    );
    const out = text(options, "out");
    if (out !== undefined)
      await writeFile(out, `${JSON.stringify(shown.signed, null, 2)}\n`).catch((error: unknown) => {
        throw new UsageError(`--out: ${error instanceof Error ? error.message : String(error)}`);
      });
    printReceipt(terminal, shown.signed.receipt);
    terminal.print(`  authority ${shown.authorityFingerprint}`);
    terminal.print(`  file      ${shown.path}`);
    terminal.printJson(shown.signed);
    return exitCodes.done;
  },
};

const verify: Command = {
  name: "receipt verify",
  operands: "RECEIPT",
  summary: "check a receipt offline, and whether images are what it says",
  details:
    "Needs neither a network nor the installation that issued it. Without --ca the signature is checked against the authority in the receipt, whose fingerprint you then compare with the issuer's own. A file that differs is looked into with the leaves file (disk-N.leaves) beside it or beside the receipt: the ranges are named, and the files that they belong to where a partition's filesystem is understood.",
  options: {
    ca: { type: "string", value: "FILE", description: "PEM of the authority that must have issued it" },
    image: {
      type: "string",
      multiple: true,
      value: "FILE",
      description: "an image, a raw disk or a replica to check against it; may be given again",
    },
    disk: { type: "string", value: "N", description: "which of the receipt's disks the file is" },
  },
  async run(context) {
    const { options, terminal, signal } = context;
    const receiptPath = onlyOperand(context, "receipt file");
    const ca = text(options, "ca");
    const diskId = number(options, "disk", 0, 65_535) ?? null;
    const [{ readAuthority }, { verifyReceipt }] = await Promise.all([
      import("../../receipts/procedures.ts"),
      import("../../receipts/verify-receipt.ts"),
    ]);
    const verification = unwrap(
      await verifyReceipt({
        receiptPath,
        authorityPem: ca === undefined ? null : unwrap(await readAuthority(ca)),
        ownAuthorityPem: null,
        files: texts(options, "image").map((path) => ({ path, diskId })),
        agentPath: existsSync(agentPath) ? agentPath : null,
        signal,
        onProgress: (note, done, total) =>
          terminal.status(note, `${formatBytes(done)} of ${formatBytes(total)}`),
      }),
    );
    printVerification(terminal, verification);
    terminal.printJson(verification);
    return verification.holds ? exitCodes.done : exitCodes.unproven;
  },
};

function printReceipt(terminal: Terminal, receipt: Receipt): void {
  const { job, source, sync, boot, conversion } = receipt;
  terminal.print(`receipt of job ${job.id}, run ${job.run} (${job.kind}), ${receipt.issuedAt}`);
  const system = source.operatingSystem === null ? "" : `, ${printable(source.operatingSystem)}`;
  terminal.print(`  source    ${printable(source.name)} (${printable(source.address)})${system}`);
  for (const disk of receipt.disks) {
    terminal.print(
      `  equal     ${printable(disk.path)}: ${formatBytes(disk.sizeBytes)} in pass ${disk.pass}`,
    );
    terminal.print(`            tree hash ${disk.sourceTreeHash}`);
    if (disk.contentTreeHash !== disk.replicaTreeHash)
      terminal.print(
        `            images    ${disk.contentTreeHash} (${formatBytes(disk.changedBytes)} changed)`,
      );
  }
  terminal.print(
    `  copied    ${formatBytes(sync.rawBytes)} in ${sync.passes === 1 ? "1 pass" : `${sync.passes} passes`} and ${formatSeconds(sync.seconds)}`,
  );
  for (const change of conversion.changes) terminal.print(`  changed   ${printable(change.what)}`);
  terminal.print(
    `  boots     ${boot === null ? "not tried" : `${boot.booted ? "yes" : "no"}: ${printable(boot.evidence)}`}`,
  );
  const images = receipt.images.map((image) => [
    `  image     ${printable(image.file)}`,
    formatBytes(image.fileBytes),
    `sha256 ${image.sha256}`,
  ]);
  for (const line of formatTable(images)) terminal.print(line);
}

const trustSays = {
  given: "issued under the authority that you gave",
  own: "issued by this installation",
  unconfirmed: "whole; compare the authority's fingerprint with the issuer's before you rely on it",
} as const satisfies Record<ReceiptVerification["trust"], string>;
const extentsShown = 20;

function printVerification(terminal: Terminal, verification: ReceiptVerification): void {
  printReceipt(terminal, verification.receipt);
  terminal.print(`signature   holds: ${trustSays[verification.trust]}`);
  terminal.print(`authority   ${verification.authorityFingerprint}`);
  for (const { verdict, says, extents, files } of verification.files) {
    const mark = verdict === "differs" || verdict === "unrelated" ? "DIFFERS" : "equal";
    terminal.print(`${mark.padEnd(11)} ${printable(says)}`);
    for (const { offset, length } of extents.slice(0, extentsShown))
      terminal.print(`            ${length} bytes at offset ${offset}`);
    if (extents.length > extentsShown)
      terminal.print(`            and ${extents.length - extentsShown} ranges more (--json has them all)`);
    for (const file of files) terminal.print(`            ${printable(file)}`);
  }
}

export const receiptCommands: readonly Command[] = [show, verify];

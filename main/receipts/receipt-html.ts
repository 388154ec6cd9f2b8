/** A receipt as a page for people, which becomes its PDF. The signed JSON is what counts; the page says so. */
import type { Receipt, SignedReceipt } from "../../common/domain/receipt.ts";
import { html, type Html } from "../reports/html/markup.ts";
import { reportStyle } from "../reports/html/style.ts";

export interface ReceiptPageFacts {
  /** Of the JSON file. */
  readonly sha256: string;
  readonly authorityFingerprint: string;
  readonly signerFingerprint: string;
}

const style = `
@page { size: A4; margin: 14mm 14mm 16mm; }
main { padding-bottom: 2rem; }
.verdict { border: 1px solid var(--line); border-left: 6px solid var(--green); border-radius: 4px; padding: 0.7rem 1rem; margin: 1rem 0; }
.verdict.open { border-left-color: var(--amber); }
.hash { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; font-size: 0.78em; overflow-wrap: anywhere; }
section { break-inside: avoid-page; } tr { break-inside: avoid; }
dl.facts { grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); }
dl.facts dt { flex-basis: 8.5rem; }
`;

/** The page as one document without scripts or links to anything outside. */
export function receiptPage({ receipt }: SignedReceipt, facts: ReceiptPageFacts): string {
  const { job, source } = receipt;
  const title = `Migration receipt: ${source.name}`;
  const body = html`
    <main>
      <h1>${title}</h1>
      <p class="soft">
        Job ${job.id}, run ${job.run} (${job.kind}), issued ${moment(receipt.issuedAt)} by the installation
        ${receipt.installation}
      </p>
      ${verdict(receipt)} ${sourceSection(receipt)} ${diskSection(receipt)} ${conversionSection(receipt)}
      ${imageSection(receipt)} ${timeSection(receipt)} ${proofSection(facts)}
    </main>
  `;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${html`${title}`.markup}</title><style>${reportStyle}${style}</style></head><body>${body.markup}</body></html>\n`;
}

function verdict({ disks, sync, boot }: Receipt): Html {
  const isWhole = sync.settled && sync.readErrors.length === 0 && boot?.booted === true;
  const proof =
    boot === null
      ? "Nobody booted the result."
      : boot.booted
        ? "The result boots."
        : "The result did not boot.";
  return html`
    <div class="${isWhole ? "verdict" : "verdict open"}">
      <b>${disks.length} disk(s) equal to the source in every byte in use. ${proof}</b>
      ${
        !sync.settled &&
        html`<p>
          The source was still being written in the last pass: the copy is as after a power cut at that
          moment.
        </p>`
      }
      ${
        sync.readErrors.length > 0 &&
        html`<p>
          ${sync.readErrors.length} range(s) of the source could not be read and are zeros in the copy.
        </p>`
      }
      ${boot !== null && html`<p class="soft">${boot.evidence} (${seconds(boot.seconds)}, ${boot.accelerator})</p>`}
    </div>
  `;
}

function sourceSection({ source }: Receipt): Html {
  return html`
    <section>
      <h2>Source</h2>
      <dl class="facts">
        ${fact("Name", source.name)} ${fact("Host name", source.hostName)}
        ${fact("Reached as", source.address)} ${fact("System", source.operatingSystem)}
        ${fact("Architecture", source.architecture)}
        ${fact("Firmware", source.firmware === "uefi" ? "UEFI" : "BIOS")} ${fact("Host key", source.hostKey)}
      </dl>
    </section>
  `;
}

function diskSection({ disks, sync }: Receipt): Html {
  return html`
    <section>
      <h2>Disks</h2>
      <table>
        <caption>
          Tree hashes over the whole disk; blocks that the source calls free count as zeros. Source and
          replica were each read; they agreed in the pass named.
        </caption>
        <thead>
          <tr>
            <th>Disk</th>
            <th class="n">Size</th>
            <th class="n">Pass</th>
            <th>Tree hashes</th>
          </tr>
        </thead>
        <tbody>
          ${disks.map(
            (disk) => html`
              <tr>
                <th>${disk.path}</th>
                <td class="n">${size(disk.sizeBytes)}</td>
                <td class="n">${disk.pass} of ${sync.passes}</td>
                <td>
                  source and replica
                  <div class="hash">${disk.sourceTreeHash}</div>
                  ${
                    disk.contentTreeHash === disk.replicaTreeHash
                      ? html`images: the same`
                      : html`images, ${size(disk.changedBytes)} changed by conversion
                          <div class="hash">${disk.contentTreeHash}</div>`
                  }
                </td>
              </tr>
            `,
          )}
        </tbody>
      </table>
      <p class="soft">
        ${size(sync.rawBytes)} copied as ${size(sync.wireBytes)} on the wire, encrypted, in
        ${seconds(sync.seconds)}${
          sync.checkedBytes === undefined
            ? ""
            : html`; ${size(sync.checkedBytes)} hashed on arrival, all when read back`
        }
      </p>
    </section>
  `;
}

function conversionSection({ conversion }: Receipt): Html {
  const { enabled, changes } = conversion;
  if (changes.length === 0) {
    return html`<section>
      <h2>Conversion</h2>
      <p>
        ${enabled ? "Nothing had to be changed: the images are the source as it was." : "Switched off: the images are the source as it was."}
      </p>
    </section>`;
  }
  return html`
    <section>
      <h2>Conversion</h2>
      <table>
        <caption>
          What was changed so that the system boots on the target. The replica itself was never touched.
        </caption>
        <thead>
          <tr>
            <th>Step</th>
            <th>What</th>
            <th>Files</th>
          </tr>
        </thead>
        <tbody>
          ${changes.map(
            ({ step, what, files }) => html`
              <tr>
                <td>${step}</td>
                <td>${what}</td>
                <td>${files.map((file) => html`<div class="hash">${file}</div>`)}</td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    </section>
  `;
}

function imageSection({ images, delivered }: Receipt): Html {
  return html`
    <section>
      <h2>Images</h2>
      <table>
        <thead>
          <tr>
            <th>File</th>
            <th>Format</th>
            <th class="n">File size</th>
            <th>SHA-256 of the file</th>
          </tr>
        </thead>
        <tbody>
          ${images.map(
            (image) => html`
              <tr>
                <th>${image.file}</th>
                <td>${image.format}</td>
                <td class="n">${size(image.fileBytes)}</td>
                <td class="hash">${image.sha256}</td>
              </tr>
            `,
          )}
        </tbody>
      </table>
      ${
        delivered === undefined
          ? ""
          : html`<p>
              They became the image ${delivered.imageId} (${delivered.imageName}) in ${delivered.region} of
              Alibaba Cloud.
            </p>`
      }
    </section>
  `;
}

function timeSection({ times, versions }: Receipt): Html {
  return html`
    <section>
      <h2>Times and versions</h2>
      <table>
        <thead>
          <tr>
            <th>Step</th>
            <th>Began</th>
            <th>Ended</th>
            <th class="n">Took</th>
          </tr>
        </thead>
        <tbody>
          ${times.map(
            ({ step, beganAt, endedAt }) => html`
              <tr>
                <td>${step}</td>
                <td>${moment(beganAt)}</td>
                <td>${moment(endedAt)}</td>
                <td class="n">${seconds((Date.parse(endedAt) - Date.parse(beganAt)) / 1000)}</td>
              </tr>
            `,
          )}
        </tbody>
      </table>
      <p class="soft">
        Assistant ${versions.assistant}, intermediate ${versions.intermediate}, agent
        ${versions.agent ?? "unknown"}${versions.agentPlatform === null ? "" : ` (${versions.agentPlatform})`}
      </p>
    </section>
  `;
}

function proofSection(facts: ReceiptPageFacts): Html {
  return html`
    <section>
      <h2>How to check it</h2>
      <p>
        This page is made of a signed JSON file, which alone counts. Offline, with the file and an image at
        hand:
        <code>sma receipt verify RECEIPT.json --image FILE</code>. Compare the authority's fingerprint with
        the one that the issuer's own assistant shows.
      </p>
      <dl class="facts">
        <div>
          <dt>JSON file, SHA-256</dt>
          <dd class="hash">${facts.sha256}</dd>
        </div>
        <div>
          <dt>Authority</dt>
          <dd class="hash">${facts.authorityFingerprint}</dd>
        </div>
        <div>
          <dt>Signed with</dt>
          <dd class="hash">${facts.signerFingerprint}</dd>
        </div>
      </dl>
    </section>
  `;
}

function fact(name: string, value: string | null): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value ?? "not known"}</dd>
  </div>`;
}

const units = ["B", "KiB", "MiB", "GiB", "TiB"];

function size(bytes: number): string {
  const unit = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** unit;
  return `${unit === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`;
}

function seconds(value: number): string {
  const whole = Math.max(0, Math.round(value));
  const [minutes, rest] = [Math.floor(whole / 60), String(whole % 60).padStart(2, "0")];
  if (minutes < 60) return `${minutes}:${rest} min`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest} h`;
}

/** Always UTC: the page may be read anywhere. */
function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

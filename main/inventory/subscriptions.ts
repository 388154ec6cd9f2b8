import type { Subscription } from "../../common/domain/facts.ts";
import type { BundleView } from "./bundle-view.ts";
import { evidenceOf, linesOf } from "./capture.ts";

/** What a registered system leaves on its disk. Of these files only the names are collected. */
const marks: readonly (readonly [RegExp, Subscription["product"], Subscription["through"]])[] = [
  [/^\/etc\/pki\/rhui(\/|$)|^\/etc\/yum\.repos\.d\/(\S*rhui\S*|rh-cloud)\.repo$/, "Red Hat", "cloud"],
  [/^\/etc\/pki\/consumer\/cert\.pem$|^\/etc\/sysconfig\/rhn\/systemid$/, "Red Hat", "vendor"],
  [/^\/etc\/regionserverclnt\.cfg$/, "SUSE", "cloud"],
  [/^\/etc\/zypp\/credentials\.d\/[SN]CCcredentials$/, "SUSE", "vendor"],
  [/^\/var\/lib\/(ubuntu-advantage|ubuntu-pro)\/private\/machine-token\.json$/, "Ubuntu Pro", "vendor"],
];

/** With whom the system is registered for its updates; a cloud's own way goes before the vendor's. */
export function subscriptionsOf(view: BundleView): Subscription[] {
  const named = [
    ...view.files(/^\/(etc|var\/lib)\//).map((capture) => ({ path: capture.source, capture, line: null })),
    ...view
      .commands("ls")
      .flatMap(({ output }) =>
        linesOf(output).map((line) => ({ path: line.text.trim(), capture: output, line })),
      ),
  ];
  const found = new Map<Subscription["product"], Subscription>();
  for (const [pattern, product, through] of marks) {
    if (found.has(product)) continue;
    const mark = named.find(({ path }) => pattern.test(path));
    if (mark) found.set(product, { product, through, evidence: [evidenceOf(mark.capture, mark.line)] });
  }
  return [...found.values()];
}

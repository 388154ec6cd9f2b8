import type { Evidence, Service } from "../../../common/domain/facts.ts";
import type { BundleView } from "../bundle-view.ts";
import { evidenceOf, linesOf } from "../capture.ts";
import { recognizeService } from "../services-catalogue.ts";
import type { WindowsClass } from "./objects.ts";
import { systemInfos } from "./os-statements.ts";
import { valueOf, type WindowsRecord } from "./records.ts";

/** Services that matter, and the domain controller's role; null where neither was asked for. */
export function windowsServices(
  view: BundleView,
  objects: ReadonlyMap<WindowsClass, readonly WindowsRecord[]>,
): readonly Service[] | null {
  const found = new Map<string, Service>();
  const see = (
    unit: string,
    isRunning: boolean | null,
    startsAtBoot: boolean | null,
    evidence: Evidence,
  ): void => {
    const known = recognizeService(unit, "windows");
    if (!known) return;
    const before = found.get(known.name);
    found.set(known.name, {
      ...known,
      unit: before?.unit ?? unit,
      isRunning: before?.isRunning === true ? true : (isRunning ?? before?.isRunning ?? null),
      startsAtBoot: before?.startsAtBoot ?? startsAtBoot,
      dataPaths: [...known.dataPaths],
      evidence: [...(before?.evidence ?? []), evidence].slice(0, 4),
    });
  };
  const records = objects.get("service") ?? [];
  for (const record of records) {
    const unit = valueOf(record, "name", "servicename");
    const state = valueOf(record, "state", "status");
    if (unit !== null)
      see(
        unit,
        state === null ? null : /^(running|4)$/i.test(state),
        /^auto/i.test(valueOf(record, "startmode", "starttype") ?? "") ? true : null,
        record.evidence,
      );
  }
  const asked = view.commands("sc", "net");
  for (const command of asked) {
    let unit: string | null = null;
    for (const line of linesOf(command.output)) {
      const name = /^[A-Z_]+_NAME\s*:\s*(\S+)|^\S[^:]*:\s*([A-Za-z$][\w$.]+)\s*$/.exec(line.text);
      if (name) unit = name[1] ?? name[2] ?? unit;
      // sc query: `STATE : 4 RUNNING`; the number is the same in every language.
      const state = /^\s+\S[^:]*:\s*([1-7])\s{2}[A-Z_]+/.exec(line.text);
      if (state && unit !== null) see(unit, state[1] === "4", null, evidenceOf(command.output, line));
    }
  }
  const role = objects
    .get("computer-system")
    ?.map((record) => ({ record, value: valueOf(record, "domainrole") }))
    .find(({ value }) => value === "4" || value === "5");
  if (role) see("NTDS", true, true, role.record.evidence);
  const isAsked = records.length > 0 || asked.length > 0 || role !== undefined;
  for (const { info, source } of systemInfos(view)) {
    if (
      /domain controller|domänencontroller|contr[ôo]leur.*domaine|controlador de dom[ií]nio|контроллер(а)? домена|域控制器|網域控制站|ドメイン コントローラ|controller di dominio|도메인 컨트롤러|domeincontroller|kontroler domeny|etki alanı denetleyici|řadič domény|domänkontrollant|toimialueen ohjauskone|tartományvezérlő/i.test(
        info.configuration ?? "",
      )
    ) {
      see("NTDS", true, true, { source, line: null, text: info.configuration ?? "" });
    }
  }
  return isAsked || found.size > 0 ? [...found.values()] : null;
}

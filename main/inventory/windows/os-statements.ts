/** What a Windows says of itself, by whichever tool was asked: WMI, systeminfo, the registry, facter and the like, `ver`. */
import type { Evidence } from "../../../common/domain/facts.ts";
import { wordTable } from "../../../common/word-table.ts";
import type { BundleView } from "../bundle-view.ts";
import { evidenceOf, linesOf, objectOf, scalarText } from "../capture.ts";
import { factsOfTool } from "../fact-tools.ts";
import { languageOfLcid } from "./lcid.ts";
import type { WindowsClass } from "./objects.ts";
import { numberOf, valueOf, type WindowsRecord } from "./records.ts";
import { parseSystemInfo, type SystemInfo } from "./systeminfo.ts";
import { parseWindowsVersion } from "./versions.ts";

/** One source's word on which Windows this is; unsaid parts are null. */
export interface Statement {
  readonly name: string | null;
  readonly numbers: { readonly major: number; readonly minor: number; readonly build: number } | null;
  readonly kind: "server" | "client" | null;
  readonly servicePack: string | null;
  readonly architectureText: string | null;
  readonly language: string | null;
  readonly hostName: string | null;
  readonly edition: string | null;
  readonly isSecondRelease: boolean;
  /** True where it runs for a limited number of days. */
  readonly isEvaluation?: boolean;
  /** What only the edition's number tells apart from the system whose name it bears. */
  readonly product?: string | undefined;
  readonly evidence: Evidence;
}

/** The most direct word first. */
export function statementsOf(
  view: BundleView,
  objects: ReadonlyMap<WindowsClass, readonly WindowsRecord[]>,
): readonly Statement[] {
  return [
    ...(objects.get("operating-system") ?? []).map(fromOperatingSystem),
    ...systemInfos(view).map(({ info, source }) => fromSystemInfo(info, source)),
    ...fromRegistry(view),
    ...fromFactTools(view),
    ...fromVersionTools(view),
  ];
}

/** What product names say of an evaluation edition, and how edition ids end then (`ServerStandardEval`). */
const evaluationWords =
  /\bevaluation\b|[ée]valuation|evaluierung|valutazione|evaluaci[óo]n|avalia[çc][ãa]o|ознакомит|評価版|评估|評估|평가|Eval(Cor)?\b/i;
/** Win32_OperatingSystem.OperatingSystemSKU: enterprise, standard, datacenter, storage workgroup, storage standard. */
const evaluationSkus = new Set(["72", "79", "80", "95", "96"]);

/** Systems that bear the name of the Windows Server that they are built on: SBS and its premium kinds, Nano Server. */
const productSkus = wordTable<string>({
  "9": "Small Business Server",
  "25": "Small Business Server",
  "63": "Small Business Server",
  "143": "Nano Server",
  "144": "Nano Server",
});

/** Win32_OperatingSystem.ProductType and CIM: 1 workstation, 2 domain controller, 3 server. */
function kindFromProductType(text: string | null): "server" | "client" | null {
  if (text === null) return null;
  if (/^(2|3|server.*|DomainController|ServerNT|LanmanNT)$/i.test(text)) return "server";
  return /^(1|workstation|WorkStation|WinNT|client)$/i.test(text) ? "client" : null;
}

function fromOperatingSystem(record: WindowsRecord): Statement {
  const caption = valueOf(record, "caption", "osname", "windowsproductname", "name");
  const versionText = [
    valueOf(record, "version", "osversion", "windowsversion"),
    valueOf(record, "buildnumber", "osbuildnumber"),
  ];
  const pack = numberOf(record, "servicepackmajorversion", "osservicepackmajorversion");
  const language = valueOf(record, "muilanguages", "oslocale", "osmuilanguages");
  return {
    name: caption?.split("|")[0]?.trim() ?? null,
    numbers:
      parseWindowsVersion(versionText[0] ?? "") ??
      (versionText[0] !== null && versionText[1] !== null
        ? parseWindowsVersion(`${versionText[0]}.${versionText[1]}`)
        : null),
    kind: kindFromProductType(valueOf(record, "producttype", "osproducttype")),
    servicePack:
      pack !== null && pack > 0
        ? String(pack)
        : (/Service Pack (\d)/i.exec(valueOf(record, "csdversion") ?? "")?.[1] ?? null),
    architectureText: valueOf(record, "osarchitecture"),
    language: language?.replace(/[{}"]/g, "").split(",")[0] ?? languageOfLcid(valueOf(record, "oslanguage")),
    hostName: valueOf(record, "csname", "cscaption"),
    edition: valueOf(record, "windowseditionid"),
    isEvaluation:
      evaluationWords.test(`${caption ?? ""} ${valueOf(record, "windowseditionid") ?? ""}`) ||
      evaluationSkus.has(valueOf(record, "operatingsystemsku") ?? ""),
    product: productSkus[valueOf(record, "operatingsystemsku") ?? ""],
    isSecondRelease: /\bR2\b/.test(valueOf(record, "othertypedescription") ?? ""),
    evidence: record.evidence,
  };
}

/** systeminfo's output wherever it stands: people save it under any name. */
export function systemInfos(
  view: BundleView,
): readonly { readonly info: SystemInfo; readonly source: string }[] {
  const captures = [
    ...view.allCommands.map((command) => command.output),
    ...Object.entries(view.bundle.files).map(([source, text]) => ({ source, text })),
  ];
  return captures.flatMap((capture) => {
    if (!/windows|hyper-v|azure stack/i.test(capture.text) || !/\d\.\d\.\d{3,5}/.test(capture.text))
      return [];
    const info = parseSystemInfo(capture);
    return info ? [{ info, source: capture.source }] : [];
  });
}

function fromSystemInfo(info: SystemInfo, source: string): Statement {
  return {
    name: info.osName,
    isEvaluation: evaluationWords.test(info.osName),
    numbers: parseWindowsVersion(info.version),
    kind: null,
    servicePack: info.servicePack,
    architectureText: info.systemType,
    language: info.locale,
    hostName: info.hostName,
    edition: null,
    isSecondRelease: false,
    evidence: { source, line: info.osNameLine.number, text: info.osNameLine.text.trim().slice(0, 240) },
  };
}

/** `reg query "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"` and exports of it. */
function fromRegistry(view: BundleView): readonly Statement[] {
  const captures = [
    ...view.commands("reg", "regedit").map((command) => command.output),
    ...view.files(/\.reg$|CurrentVersion/i),
  ];
  return captures.flatMap((capture) => {
    const values = new Map<string, string>();
    let line = null;
    for (const candidate of linesOf(capture)) {
      const match = /^\s*"?([A-Za-z]\w*)"?\s*(?:REG_\w+\s+|=)\s*"?(.*?)"?\s*$/.exec(candidate.text);
      if (!match) continue;
      values.set((match[1] ?? "").toLowerCase(), match[2] ?? "");
      if (/^productname$/i.test(match[1] ?? "")) line = candidate;
    }
    const name = values.get("productname") ?? null;
    // ProductOptions' ProductType: WinNT, ServerNT or LanmanNT.
    const productType = values.get("producttype") ?? null;
    if (name === null && productType === null) return [];
    const build = values.get("currentbuildnumber") ?? values.get("currentbuild") ?? "";
    const major = values.get("currentmajorversionnumber");
    const minor = values.get("currentminorversionnumber");
    const base =
      major !== undefined && minor !== undefined
        ? `${Number(major)}.${Number(minor)}`
        : (values.get("currentversion") ?? "");
    return [
      {
        name: name !== null && /windows/i.test(name) ? name : null,
        numbers: parseWindowsVersion(`${base}.${build}`),
        kind:
          kindFromProductType(productType ?? values.get("installationtype") ?? null) ??
          (/^Server/.test(values.get("installationtype") ?? "") ? ("server" as const) : null),
        servicePack: /Service Pack (\d)/i.exec(values.get("csdversion") ?? "")?.[1] ?? null,
        architectureText: null,
        language: null,
        hostName: null,
        edition: values.get("editionid") ?? null,
        isEvaluation: evaluationWords.test(`${name ?? ""} ${values.get("editionid") ?? ""}`),
        isSecondRelease: /\bR2\b/.test(name ?? ""),
        evidence: evidenceOf(capture, line),
      },
    ];
  });
}

/** facter, ohai and Ansible on Windows. */
function fromFactTools(view: BundleView): readonly Statement[] {
  return view.commands("facter", "ohai", "ansible").flatMap((command) => {
    const root = factsOfTool(command.output);
    if (!root) return [];
    const os = objectOf(root["os"]);
    const windows = objectOf(os?.["windows"]);
    const kernel = objectOf(root["kernel"]);
    const info = objectOf(kernel?.["os_info"]);
    const text = (...values: readonly unknown[]): string | null =>
      values.map(scalarText).find((value) => value !== null) ?? null;
    const kernelName = text(root["kernel"], os?.["name"], root["osfamily"], kernel?.["name"], root["os"]);
    const name = text(
      info?.["caption"],
      windows?.["product_name"],
      root["windows_product_name"],
      root["product_name"],
      kernel?.["name"],
      root["ansible_distribution"],
    );
    if (!/windows/i.test(`${kernelName ?? ""} ${name ?? ""}`)) return [];
    const installation = text(
      windows?.["installation_type"],
      root["windows_installation_type"],
      root["installation_type"],
    );
    return [
      {
        name: name !== null && /windows/i.test(name) && name.length > "windows".length ? name : null,
        numbers: parseWindowsVersion(
          text(
            root["kernelversion"],
            root["kernelrelease"],
            info?.["version"],
            kernel?.["release"],
            root["ansible_distribution_version"],
          ) ?? "",
        ),
        kind:
          kindFromProductType(text(root["ProductType"], info?.["product_type"], kernel?.["product_type"])) ??
          (installation === null
            ? kindFromRelease(text(objectOf(os?.["release"])?.["full"], root["operatingsystemrelease"]))
            : /^Server/i.test(installation)
              ? ("server" as const)
              : ("client" as const)),
        servicePack: null,
        architectureText: text(
          kernel?.["machine"],
          root["hardwaremodel"],
          root["architecture"],
          os?.["architecture"],
        ),
        language: null,
        hostName: text(root["hostname"], info?.["cs_name"]),
        edition: text(windows?.["edition_id"], root["edition_id"]),
        isSecondRelease: false,
        evidence: {
          source: command.commandLine,
          line: null,
          text: `${name ?? ""} ${text(root["kernelversion"], info?.["version"]) ?? ""}`.trim(),
        },
      },
    ];
  });
}

/** facter's release: the year of a server, the name of a client. Which year it is, older facters guess: the build tells. */
function kindFromRelease(release: string | null): "server" | "client" | null {
  if (release === null) return null;
  if (/^20\d\d( R2)?$/i.test(release)) return "server";
  return /^(xp|vista|7|8|8\.1|10|11)$/i.test(release) ? "client" : null;
}

/** `ver`, winver's line, `[Environment]::OSVersion`: numbers without a name, in brackets of any language. */
function fromVersionTools(view: BundleView): readonly Statement[] {
  return view.allCommands.flatMap((command) => {
    if (command.tool === "systeminfo") return [];
    for (const line of linesOf(command.output).slice(0, 40)) {
      const match =
        /Microsoft Windows (?:\[.*?(\d+\.\d+\.\d{3,5}[\d.]*)\]|NT (\d+\.\d+\.\d{3,5}[\d.]*)|XP \[.*?(5\.1\.\d+)\])/i.exec(
          line.text,
        );
      if (!match) continue;
      return [
        {
          name: null,
          numbers: parseWindowsVersion(match[1] ?? match[2] ?? match[3] ?? ""),
          kind: null,
          servicePack: /Service Pack (\d)/i.exec(line.text)?.[1] ?? null,
          architectureText: null,
          language: null,
          hostName: null,
          edition: null,
          isSecondRelease: false,
          evidence: evidenceOf(command.output, line),
        },
      ];
    }
    return [];
  });
}

/** Which Windows a version number, a build and the product type stand for (Microsoft's release tables). */
export interface WindowsRelease {
  /** `2012 R2`, `10`, `vista`. */
  readonly version: string;
  readonly kind: "server" | "client" | null;
}

/** `6.3.9600`, `10.0.17763.1234`, `5.2.3790` → major.minor.build. */
export function parseWindowsVersion(
  text: string,
): { readonly major: number; readonly minor: number; readonly build: number } | null {
  const match = /(?:^|[^\d.])(\d{1,2})\.(\d{1,2})\.(\d{3,5})(?:\.\d+)?(?:$|[^\d])/.exec(` ${text} `);
  return match ? { major: Number(match[1]), minor: Number(match[2]), build: Number(match[3]) } : null;
}

/**
 * The release by its numbers alone. Server and client share numbers, so without a kind the result is null where they
 * differ. `isSecondRelease` tells 2003 R2 apart, which has 2003's numbers.
 */
export function releaseFromNumbers(
  major: number,
  minor: number,
  build: number,
  kind: "server" | "client" | null,
  isSecondRelease = false,
): WindowsRelease | null {
  const isServer = kind === "server";
  if (kind === null) return null;
  const release = (server: string, client: string): WindowsRelease => ({
    version: isServer ? server : client,
    kind,
  });
  if (major === 4) return release("NT 4.0", "NT 4.0");
  if (major === 5) {
    if (minor === 0) return release("2000", "2000");
    if (minor === 1) return isServer ? null : release("xp", "xp");
    if (minor === 2) return release(isSecondRelease ? "2003 R2" : "2003", "xp");
  }
  if (major === 6) {
    if (minor === 0) return release("2008", "vista");
    if (minor === 1) return release("2008 R2", "7");
    if (minor === 2) return release("2012", "8");
    if (minor === 3) return release("2012 R2", "8.1");
  }
  if (major === 10) {
    if (!isServer) return { version: build >= 22000 ? "11" : "10", kind };
    const servers: readonly (readonly [number, string])[] = [
      [26100, "2025"],
      [25398, "23H2"],
      [20348, "2022"],
      [19042, "20H2"],
      [19041, "2004"],
      [18363, "1909"],
      [18362, "1903"],
      [17763, "2019"],
      [17134, "1803"],
      [16299, "1709"],
      [14393, "2016"],
    ];
    const exact = servers.find(([known]) => known === build);
    // A build between releases is an Insider preview: not the release before it.
    return exact ? { version: exact[1], kind } : null;
  }
  return null;
}

const clientNames: readonly (readonly [RegExp, string])[] = [
  [/Windows\W*(?:\(R\)|®|™)?\s*Vista/i, "vista"],
  [/Windows\W*(?:\(R\)|®|™)?\s*XP/i, "xp"],
  [/Windows\s*8\.1/i, "8.1"],
  [/Windows\s*8\b/i, "8"],
  [/Windows\s*7\b/i, "7"],
  [/Windows\s*11\b/i, "11"],
  [/Windows\s*10\b/i, "10"],
  [/Windows\s*2000 Professional/i, "2000"],
];

/** Whether a product's name says that it is a server, with or without the marks of a trade mark in between. */
export function isServerName(name: string): boolean {
  return /\bserver(\b|r\b)|\bserveur\b|\bservidor\b|服务器|伺服器|サーバー?|Сервер/i.test(name);
}

/** Product names are not translated, only what surrounds them. */
export function releaseFromName(name: string): WindowsRelease | null {
  // "(R)", "®", "™" and "Server" broken by them: Microsoft(R) Windows(R) Server 2003, Windows Server® 2008.
  // Where a code page has neither sign, they come out as r and T: Microsoftr Windows Serverr 2008, Windows VistaT.
  const plain = name
    .replace(/\((?:R|TM)\)|[®™�]/gi, "")
    .replace(/\b(Microsoft|Windows|Server)r\b/g, "$1")
    .replace(/\bVistaT\b/g, "Vista")
    .replace(/\s+/g, " ");
  const isServer = isServerName(plain);
  const year = /\b(2000|2003|2008|2011|2012|2016|2019|2022|2025)\b/.exec(plain)?.[1];
  if (isServer && year !== undefined && year !== "2011") {
    const second = /\bR2\b/.test(plain) && /^(2003|2008|2012)$/.test(year);
    return { version: second ? `${year} R2` : year, kind: "server" };
  }
  if (isServer && /version (\d{4}|2\dH2)/i.test(plain))
    return { version: /version (\w+)/i.exec(plain)?.[1] ?? "", kind: "server" };
  if (isServer) return null;
  for (const [pattern, version] of clientNames) if (pattern.test(plain)) return { version, kind: "client" };
  return null;
}

/** Standard, Datacenter, Enterprise … where the name says so in the languages that Windows speaks. */
export function editionFromName(name: string): string | null {
  const editions: readonly (readonly [RegExp, string])[] = [
    [/datacenter|центр обработки|数据中心|データセンター/i, "Datacenter"],
    [/foundation/i, "Foundation"],
    [/essentials|small business/i, "Essentials"],
    [/storage server/i, "Storage"],
    [/web (server|edition)/i, "Web"],
    [/enterprise|entreprise|корпоративная|企业|エンタープライズ/i, "Enterprise"],
    [/standard|стандартный|标准|スタンダード/i, "Standard"],
    [/ultimate|ultimaten?|intégrale|максимальная/i, "Ultimate"],
    [/professional|professionnel|\bpro\b|профессиональная|专业/i, "Professional"],
    [/education/i, "Education"],
    [/home|familiale|домашняя|家庭/i, "Home"],
    [/hyper-v server/i, "Hyper-V Server"],
  ];
  return editions.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

import type { Architecture } from "../../common/domain/facts.ts";

/** What uname -m, Win32_Processor, systeminfo and Windows' PROCESSOR_ARCHITECTURE call an architecture. */
export function architectureOf(text: string): Architecture {
  const word = text.trim().toLowerCase();
  // Win32_OperatingSystem.OSArchitecture is translated: `64-Bit`, `64 bits`, `64 位`, `64 ビット`, `64-разрядная`.
  const windowsBits = /^[\u200e\u200f]?(32|64)(?!\d)/.exec(word)?.[1];
  if (
    (windowsBits === "64" || /^(x86_64|amd64|x64|em64t|x64-based pc)$|x64|64-?bit/.test(word)) &&
    !/arm|ia64|itanium/.test(word)
  )
    return "x86_64";
  if (windowsBits === "32" || /^(i[3-6]86|x86|x86-based pc|athlon|i86pc)$|x86|32-?bit/.test(word))
    return "i686";
  if (/^(aarch64|arm64)|arm.*64/.test(word)) return "aarch64";
  if (/^arm/.test(word)) return "arm";
  if (/ia64|itanium/.test(word)) return "ia64";
  if (word === "ppc64le") return "ppc64le";
  if (/^ppc64$|^powerpc64/.test(word)) return "ppc64";
  if (/^s390x?$/.test(word)) return "s390x";
  if (/^riscv64/.test(word)) return "riscv64";
  return "other";
}

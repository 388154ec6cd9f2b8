import { wordTable } from "../../common/word-table.ts";

/** Text from bytes in whatever encoding a source's tools wrote them. */

export interface Decoded {
  readonly text: string;
  /** WHATWG name, or `ibm437`/`ibm850`. */
  readonly encoding: string;
}

/** Upper half of the DOS code pages that WHATWG does not know (Unicode's CP437.TXT, CP850.TXT). */
const dosPages = wordTable<string>({
  ibm437:
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0",
  ibm850:
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0",
});

/**
 * Decodes by byte order mark, then as UTF-16 without one, then as UTF-8; bytes that are none of these are read in the
 * code page that makes the most plausible text. Never fails: at worst letters outside ASCII are wrong, and no parser
 * depends on them.
 */
export function decodeText(bytes: Uint8Array): Decoded {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    return { text: decodeWith("utf-8", bytes.subarray(3)), encoding: "utf-8" };
  if (bytes[0] === 0xff && bytes[1] === 0xfe)
    return { text: decodeWith("utf-16le", bytes.subarray(2)), encoding: "utf-16le" };
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return { text: decodeWith("utf-16be", bytes.subarray(2)), encoding: "utf-16be" };
  const wide = wideEncoding(bytes);
  if (wide !== null) return { text: decodeWith(wide, bytes), encoding: wide };
  const utf8 = decodeStrictly("utf-8", bytes);
  if (utf8 !== null) return { text: utf8, encoding: "utf-8" };
  return mostlyUtf8(bytes) ?? decodeCodePage(bytes);
}

/** UTF-8 with a few damaged bytes stays UTF-8; text in a code page has hardly any sequence that is valid by chance. */
function mostlyUtf8(bytes: Uint8Array): Decoded | null {
  const text = decodeWith("utf-8", bytes);
  let damaged = 0;
  let sound = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code === 0xfffd) damaged++;
    else if (code > 0xffff) sound += 4;
    else if (code > 0x7f) sound += code > 0x7ff ? 3 : 2;
  }
  return sound >= damaged ? { text, encoding: "utf-8" } : null;
}

/** UTF-16 of mostly ASCII text has a zero in every second byte. */
function wideEncoding(bytes: Uint8Array): "utf-16le" | "utf-16be" | null {
  const length = Math.min(bytes.length & ~1, 4096);
  if (length < 8) return null;
  let evenZeros = 0;
  let oddZeros = 0;
  for (let at = 0; at < length; at += 2) {
    if (bytes[at] === 0) evenZeros++;
    if (bytes[at + 1] === 0) oddZeros++;
  }
  const pairs = length / 2;
  if (oddZeros > pairs * 0.3 && evenZeros < pairs * 0.05) return "utf-16le";
  return evenZeros > pairs * 0.3 && oddZeros < pairs * 0.05 ? "utf-16be" : null;
}

const candidates = [
  "shift_jis",
  "gb18030",
  "big5",
  "euc-kr",
  "euc-jp",
  "ibm866",
  "windows-1251",
  "ibm850",
  "ibm437",
  "windows-1252",
] as const;

/** Bytes that are no UTF-8: the code page whose text scores best. */
function decodeCodePage(bytes: Uint8Array): Decoded {
  const sample = bytes.subarray(0, 65_536);
  let best: Decoded = { text: decodeDos("ibm850", bytes), encoding: "ibm850" };
  let bestScore = -Infinity;
  for (const encoding of candidates) {
    const text =
      encoding in dosPages
        ? decodeDos(encoding, sample)
        : decodeStrictly(encoding, trimTail(sample, bytes.length));
    if (text === null) continue;
    const score = plausibility(text);
    if (score > bestScore) {
      bestScore = score;
      best = { text, encoding };
    }
  }
  if (bytes.length <= sample.length) return best;
  return {
    encoding: best.encoding,
    text: best.encoding in dosPages ? decodeDos(best.encoding, bytes) : decodeWith(best.encoding, bytes),
  };
}

/** A sample cut from longer text may end inside a character. */
function trimTail(sample: Uint8Array, wholeLength: number): Uint8Array {
  if (sample.length === wholeLength) return sample;
  const lastLine = sample.lastIndexOf(0x0a);
  return lastLine > 0 ? sample.subarray(0, lastLine) : sample;
}

/** Letters of one script in words read well; box drawing, controls and mixed scripts do not. */
function plausibility(text: string): number {
  let score = 0;
  const scripts = { latin: 0, cyrillic: 0, kana: 0, han: 0, hangul: 0 };
  let previousIsAscii = true;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) {
      previousIsAscii = /[A-Za-z]/.test(character);
      continue;
    }
    if (code >= 0x80 && code < 0xa0) score -= 4;
    else if (/[à-öø-ÿœß]/u.test(character)) {
      scripts.latin++;
      score += previousIsAscii ? 2 : 0.5;
    } else if (/[À-ÖØ-Þ]/u.test(character)) score += previousIsAscii ? -1 : 1;
    else if (/[а-яё]/u.test(character)) {
      scripts.cyrillic++;
      score += 1;
    } else if (/[А-ЯЁ]/u.test(character)) score += 0.4;
    else if (/[\u3041-\u30ff]/u.test(character)) {
      scripts.kana++;
      score += 2;
    } else if (/[\uff61-\uff9f]/u.test(character)) score -= 1.5;
    else if (/[\u4e00-\u9fff]/u.test(character)) {
      scripts.han++;
      score += commonHan.has(character) ? 3 : 0.9;
    } else if (/[\uac00-\ud7a3]/u.test(character)) {
      scripts.hangul++;
      score += commonHangul.has(character) ? 3 : 0.9;
    } else if (/[\u2500-\u259f]/u.test(character)) score -= 2;
    else if (/[\u00a0«»°®©²™（）：、。]/u.test(character)) score += 0.3;
    else score -= 1;
    previousIsAscii = false;
  }
  const kinds = [scripts.latin, scripts.cyrillic, scripts.kana + scripts.han, scripts.hangul].filter(
    (count) => count > 0,
  ).length;
  return score - (kinds > 1 ? kinds * 6 : 0);
}

/** Characters of Windows' own system messages, which wrong readings do not hit. */
const commonHan = new Set(
  "系统統主机機名称稱版本制造商製配置类型類注册註冊所有人组织組織产產品初始安装裝日期启启动動时間间处处理器位置目录錄物理内記憶體存总總量可用虚拟擬页页面文件域登录服务务器修补程序网卡已连接磁盘碟分区割区主要扩展擴充大小偏移卷标状态狀態信息資訊設区设备備入法语言語台湾灣国國中文日構成製造元登録再起動場所合計利用可能仮想最大値空作業完了種類時刻地域入力更新",
);
const commonHangul = new Set(
  "호스트이름운영체제버전제조업체구성빌드종류등록된소유자조직제품원래설치날짜시스템부팅간모델프로세서바이오윈도우디렉터리장치로캘입력시간대총실제메모리사용가능가상최대크기중페이지파일위치도메인로그온서버핫픽스네트워크카드",
);

function decodeStrictly(encoding: string, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function decodeWith(encoding: string, bytes: Uint8Array): string {
  return new TextDecoder(encoding).decode(bytes);
}

function decodeDos(page: string, bytes: Uint8Array): string {
  const upper = dosPages[page] ?? "";
  let text = "";
  for (const byte of bytes)
    text += byte < 0x80 ? String.fromCharCode(byte) : (upper[byte - 0x80] ?? "\ufffd");
  return text;
}

/**
 * Undoes the collectors' byte escapes: a byte that was no UTF-8 travels as the lone surrogate U+DC80 + (byte − 0x80).
 * Text that holds any is turned back into its bytes and decoded anew.
 */
export function restoreBytes(text: string): string {
  if (!/[\udc80-\udcff]/.test(text)) return text;
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  let plain = "";
  const flush = (): void => {
    if (plain !== "") parts.push(encoder.encode(plain));
    plain = "";
  };
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) {
      flush();
      parts.push(Uint8Array.of(code - 0xdc00));
    } else plain += character;
  }
  flush();
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return decodeText(bytes).text;
}

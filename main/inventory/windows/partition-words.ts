/** Words of Windows' own tools for kinds of partitions, in the languages that its tools speak. */

export const extendedWords =
  /extend|erweitert|étendu|estendida|estesa|extendida|rozszerz|дополнительн|расширен|擴充|扩展|延伸|拡張|확장|uitgebreid|utvidg|udvidet|laajennettu|rozšířen|kibővít|genişlet/i;
export const logicalWords = /logi|lógi|logický|логич|邏輯|逻辑|論理|논리|mantıksal/i;
export const dynamicWords = /dynam|dinám|dinam|динамич|動態|动态|ダイナミック|동적/i;

/**
 * Types that are plain data on a basic disk: an installable file system, a FAT, GPT's basic data and system. A type
 * that WMI itself does not know is none of a dynamic disk's either, for those it knows.
 */
const basicWords =
  /instal|установ|устанавл|安装|安裝|インストール|설치|\b(NTFS|exFAT|FAT(12|16|32)?)\b|win95|ms-dos|xenix|unix|prep\b|powerpc|^unused|^(GPT: ?)?(unknown|unbekannt|inconnu|sconosci|desconoc|onbekend|неизвест|不明|未知|알 수 없)|^GPT: ?.*(bas|bás|базов|основн|基本|ベーシック|기본|syst|систем|系统|系統|システム|시스템|reserv|unused)/i;

export interface WmiPartitionType {
  readonly isGpt: boolean;
  readonly isExtended: boolean;
  /** Of a dynamic disk; null where the words do not tell, in languages not known here. */
  readonly isDynamic: boolean | null;
}

/**
 * Win32_DiskPartition.Type, which is translated: `Logical Disk Manager` and its translations are the only types that
 * speak of logical disks, for what others call logical partitions WMI has no word.
 */
export function readWmiPartitionType(type: string): WmiPartitionType {
  const isGpt = /^GPT/i.test(type);
  const isExtended = !isGpt && extendedWords.test(type) && !/win95/i.test(type);
  const isDynamic = /\bLDM\b/i.test(type) || logicalWords.test(type);
  return {
    isGpt,
    isExtended,
    isDynamic: isDynamic ? true : isExtended || basicWords.test(type) ? false : null,
  };
}

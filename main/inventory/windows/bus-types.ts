import { wordTable } from "../../../common/word-table.ts";

/** MSFT_Disk.BusType: WMI gives the number, the storage cmdlets its name. */
const names = wordTable<string>({
  "1": "scsi",
  "2": "atapi",
  "3": "ata",
  "4": "1394",
  "5": "ssa",
  "6": "fc",
  "7": "usb",
  "8": "raid",
  "9": "iscsi",
  "10": "sas",
  "11": "sata",
  "12": "sd",
  "13": "mmc",
  "15": "file",
  "16": "spaces",
  "17": "nvme",
  "18": "scm",
});

/** How a disk is reached, in the words that Linux' facts use; null where it is not said. */
export function busTypeOf(text: string | null): string | null {
  if (text === null || text === "0" || /^unknown$/i.test(text)) return null;
  const word = names[text] ?? text.toLowerCase();
  if (/^(storage ?)?spaces$/.test(word)) return "spaces";
  return word === "fibre channel" ? "fc" : word === "file backed virtual" ? "file" : word;
}

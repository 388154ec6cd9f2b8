import { wordTable } from "../../../common/word-table.ts";

/** Decimal LCID of the commonest systems to language tags; others stay as stated. */
export function languageOfLcid(text: string | null): string | null {
  const tags = wordTable<string>({
    "1033": "en-US",
    "2057": "en-GB",
    "1041": "ja-JP",
    "2052": "zh-CN",
    "1028": "zh-TW",
    "3076": "zh-HK",
    "1042": "ko-KR",
    "1031": "de-DE",
    "1036": "fr-FR",
    "3082": "es-ES",
    "1034": "es-ES",
    "1040": "it-IT",
    "1046": "pt-BR",
    "2070": "pt-PT",
    "1049": "ru-RU",
    "1045": "pl-PL",
    "1043": "nl-NL",
    "1053": "sv-SE",
    "1055": "tr-TR",
    "1029": "cs-CZ",
    "1038": "hu-HU",
    "1030": "da-DK",
    "1035": "fi-FI",
    "1044": "nb-NO",
    "1032": "el-GR",
  });
  return text === null ? null : (tags[text] ?? `lcid-${text}`);
}

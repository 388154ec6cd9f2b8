import type { assessFaults } from "../../../faults/assess.ts";
import type { RemarkTexts } from "../../remark-texts.ts";

export const assess: Pick<RemarkTexts, keyof typeof assessFaults> = {
  "bundle-too-large": ({ name, bytes, most }, { format }) =>
    `${name} has ${format.bytes(bytes)}, more than the ${format.bytes(most)} that a bundle may have`,
  "bundle-empty": ({ name }) => `${name} is empty`,
  "bundle-nested": ({ name, depth, most }) =>
    `${name} is nested ${depth} levels deep, at most ${most} are allowed`,
  "bundle-format-unknown": ({ name, format }) =>
    `${name} has format ${format}, which is not known here; format 1 is`,
  "collect-with-this-version": () =>
    "Collect the bundle again with this version's collector, or read it with the version that wrote it.",
  "bundle-sealed-elsewhere": ({ name, key }) => `${name} is sealed to another installation's key (${key})`,
  "open-with-its-assistant": () =>
    "Open it with the assistant whose public key it was sealed to, or collect it again with this one's.",
  "sealed-too-large": ({ name }) => `${name}: the sealed bundle is larger than any bundle may be`,
  "sealing-unknown": ({ name, text }) => `${name} is sealed in a way that is not known here: ${text}`,
  "sealed-key-damaged": ({ name }) => `${name}: the sealed key is missing or damaged`,
  "sealed-data-damaged": ({ name }) => `${name}: the sealed data are missing or damaged`,
  "sealed-key-not-opened": ({ name }) =>
    `${name}: the sealed key cannot be opened with this installation's key`,
  "sealed-data-altered": ({ name }) => `${name}: the sealed data were altered or cut short`,
  "config-no-json": ({ where }) => `${where} is not JSON`,
  "look-for-comma": () => "Look for a comma too many or a quote too few there.",
  "field-contradicts": ({ file, field }) =>
    `${file}, field ${field}: it stands there twice with different values`,
  "field-not-the-clients": ({ file, field }) => `${file}, field ${field}: not as the client writes it`,
  "collector-wrote-nothing": ({ source, status }) =>
    `the collector wrote no bundle on ${source} (exit ${status})`,
  "text-too-long": ({ name, most }, { format }) => `${name} has more than ${format.integer(most)} characters`,
  "output-of-no-tool": ({ name }) => `${name}: this is no output of a tool that is known here`,
  "say-which-command": () => "Say which command or file it is from, or collect a bundle.",
  "nothing-known-in-it": ({ file }) =>
    `${file}: nothing in it is known here: neither a bundle nor a tool's output`,
  "client-settings": ({ file }) => `${file} holds a migration client's settings, not what a machine is like`,
  "collect-on-server": () => "Collect a bundle on the server itself with the collector.",
  "client-log": ({ file, line, keyword, advice }) =>
    `${file}, line ${line}: a migration client's log or status, not what a machine is like. It says "${keyword}": ${advice}`,
  "follow-advice-and-collect": () =>
    "Do what the message advises, and collect a bundle on the server itself with the collector.",
  "zip-archive": () => "a ZIP archive",
  "compressed-by-gzip": () => "compressed by gzip",
  "compressed-by-xz": () => "compressed by xz",
  "compressed-by-bzip2": () => "compressed by bzip2",
  "compressed-by-zstd": () => "compressed by zstd",
  "seven-zip-archive": () => "a 7-Zip archive",
  "rar-archive": () => "a RAR archive",
  "is-packed": ({ file, what }, { tell }) => `${file}: it is ${tell(what)}`,
  "unpack-it": () => "Unpack it and give the files that are in it.",
  "lines-before-bundle": ({ file, lines, first }, { format }) =>
    `${file}: ${format.integer(lines)} ${lines === 1 ? "line stands" : "lines stand"} before the bundle, which begins in line ${first}`,
  "remove-what-stands-before": () =>
    "Remove what stands before the first brace: a greeting of the login shell, or warnings of ssh. Let the collector write into a file on the server.",
  "no-such-path": ({ path }) => `${path}: there is no such file or folder`,
  "neither-file-nor-folder": ({ path }) => `${path} is neither a file nor a folder`,
  "folder-unread": ({ path }) => `the folder ${path} cannot be read`,
  "folder-without-bundle": ({ path }) => `the folder ${path} holds no bundle (*.json)`,
  "path-unread": ({ path }) => `${path} cannot be read`,
  "live-hosts-not-here": ({ line }) => `line ${line}, field host: live hosts cannot be assessed here`,
  "file-larger-than-bundle": ({ file, most }, { format }) =>
    `${file} is larger than the ${format.bytes(most)} that a bundle may have`,
  "assessing-failed": ({ file, text }) => `assessing ${file} failed: ${text}`,
  "assessing-takes-memory": ({ file, most }) => `${file} needs more than ${most} MiB of memory to assess`,
  "assessing-process-ended": ({ file, how }) => `the process that assessed ${file} ended (${how})`,
  "assessing-too-slow": ({ file, seconds }) => `${file} could not be assessed within ${seconds} s`,
  "csv-empty": ({ file }) => `${file} is empty`,
  "column-twice": () => "is there twice",
  "column-unknown": () => "is not a known column",
  "csv-column-wrong": ({ file, line, field, column, why }, { tell }) =>
    `${file}, line ${line}, field ${field}: "${column}" ${tell(why)}`,
  "use-columns": ({ columns }, { format }) => `Use these columns: ${format.list(columns)}.`,
  "csv-without-key-column": ({ file, line }) =>
    `${file}, line ${line}: there is neither a column bundle nor a column host`,
  "csv-too-long": ({ file, most }, { format }) => `${file} has more than ${format.integer(most)} rows`,
  "csv-value-twice": ({ file, line, field, value, other }) =>
    `${file}, line ${line}, field ${field}: "${value}" is in line ${other} already`,
  "remove-one-line": () => "Remove one of the two lines.",
  "csv-field-wrong": ({ file, line, field, why }, { tell }) =>
    `${file}, line ${line}, field ${field}: ${tell(why)}`,
  "quote-not-closed": () => "a quote is not closed",
  "too-many-fields": ({ count, most }) => `${count} fields, but the first line names ${most} columns`,
  "neither-bundle-nor-host": () => "neither bundle nor host is given",
  "bundle-and-host": () => "bundle and host are both given",
  "no-port-number": ({ given }) => `"${given}" is not a port number`,
  "no-positive-number": ({ given }) => `"${given}" is not a positive number`,
  "array-element-wrong": ({ file, element, why }, { tell }) => `${file}, element ${element}: ${tell(why)}`,
  "no-whole-array": () => "not a JSON array, or cut short",
  "no-json": () => "not valid JSON",
  "no-browser-for-pdf": () => "no Chromium, Chrome or Edge was found to make the PDF with",
  "install-browser": () =>
    "Install one (Debian: `apt-get install chromium fonts-noto-cjk`), or write --html instead and print it from any browser: the result is the same.",
  "printing-stopped": () => "printing was cancelled",
  "pdf-not-made": () => "the browser did not make the PDF",
  "assessment-stopped": () => "the assessment was cancelled",
  "report-unwritten": ({ text }) => `the report cannot be written: ${text}`,
  "not-assessed-yet": () => "the source has not been assessed yet",
  "assess-first": () => "Assess it first.",
  "no-assessment": ({ id }) => `there is no assessment ${id}`,
  "assessment-of-other-version": () => "the assessment was kept by another version and cannot be read",
  "assess-again": () => "Assess the source again.",
  "assessment-broke-off": ({ text }) => `the assessment failed: ${text}`,
  "no-collector": ({ id }) => `there is no collector ${id}`,
  "no-time-zone": ({ zone }) => `there is no time zone ${zone}`,
  "nothing-to-report": () => "there is no assessment to report",
  "assess-or-import-first": () => "Assess a source, or import a bundle, first.",
  "bundle-field-twice": ({ name, field }) => `${name}: ${field} stands there twice with different values`,
  "bundle-field-wrong": ({ name, field, why }, { tell }) => `${name}: ${field}: ${tell(why)}`,
  "bundle-no-bundle": ({ name, why }, { tell }) => `${name}: the document is no bundle: ${tell(why)}`,
  "no-json-in-line": ({ name, why, encoding, line }, { tell }) =>
    `${name}: ${tell(why)} (read as ${encoding}, line ${line})`,
  "no-json-at-all": ({ name, why, encoding }, { tell }) => `${name}: ${tell(why)} (read as ${encoding})`,
  "client-settings-with-keys": ({ file }) =>
    `${file} holds a migration client's settings, not what a machine is like; the cloud account's keys are in it, so keep it to yourself`,
  "array-field-wrong": ({ file, element, field, why }, { tell }) =>
    `${file}, element ${element}, ${field}: ${tell(why)}`,
  "something-follows": () => "something follows the end of the document",
  "remove-what-follows": () =>
    "Remove what follows the last brace: output of another program, padding of zeros, or a second bundle, which belongs in a file of its own.",
  "cut-short-nothing-whole": () => "the file is cut short; nothing in it is whole",
  "cut-short": ({ files, outputs, last }, { format }) =>
    `the file is cut short; of it ${format.integer(files)} files and ${format.integer(outputs)} outputs are whole, up to ${last}`,
  "carry-over-again": () => "Carry the file over again, or collect it again: the rest of it is needed.",
  "not-json": ({ text }) => `not JSON: ${text}`,
};

/** The report's one style sheet. No file of its own, so that a report stays one file wherever the code is bundled. */
export const reportStyle = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --sheet: #f6f7f9; --ink: #1b1f24; --soft: #56606b; --line: #d5dae0;
  --red: #b3261e; --red-soft: #fbe9e7; --amber: #8a5300; --amber-soft: #fdf1dc;
  --green: #1e6b3a; --green-soft: #e3f3e8; --blue: #1f5fa8; --blue-soft: #e4eef9;
  --fs: #cfe0f4; --fs-used: #6f9fd3; --container: #e3d9f2; --swap: #f3e1c4; --boot: #d8dde3; --unknown: #f2d4d2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --sheet: #1c2229; --ink: #e6e9ed; --soft: #a3adb8; --line: #363f49;
    --red: #ff9d94; --red-soft: #3d1f1d; --amber: #f0be6a; --amber-soft: #38290f;
    --green: #84d09f; --green-soft: #15321f; --blue: #8bbcf2; --blue-soft: #16293f;
    --fs: #25405f; --fs-used: #4f86c2; --container: #3d3352; --swap: #4d3b1d; --boot: #39424c; --unknown: #532c2a;
  }
}
@media print {
  :root {
    --paper: #ffffff; --sheet: #f6f7f9; --ink: #1b1f24; --soft: #56606b; --line: #d5dae0;
    --red: #b3261e; --red-soft: #fbe9e7; --amber: #8a5300; --amber-soft: #fdf1dc;
    --green: #1e6b3a; --green-soft: #e3f3e8; --blue: #1f5fa8; --blue-soft: #e4eef9;
    --fs: #cfe0f4; --fs-used: #6f9fd3; --container: #e3d9f2; --swap: #f3e1c4; --boot: #d8dde3; --unknown: #f2d4d2;
  }
}
* { box-sizing: border-box; }
html { font-size: 15px; }
body {
  margin: 0; background: var(--paper); color: var(--ink); line-height: 1.5;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", sans-serif;
  overflow-wrap: anywhere; -webkit-print-color-adjust: exact; print-color-adjust: exact;
}
:lang(ja) body, body:lang(ja) {
  font-family: system-ui, "Hiragino Sans", "Yu Gothic UI", "Meiryo", "Noto Sans CJK JP", "Noto Sans JP", "IPAexGothic", sans-serif;
}
:lang(zh-CN) body, body:lang(zh-CN) {
  font-family: system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Micro Hei", sans-serif;
}
main, .head { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
.head { padding-top: 1.5rem; }
h1, h2, h3, h4 { line-height: 1.25; margin: 0; font-weight: 650; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; } h3 { font-size: 1.05rem; } h4 { font-size: 0.95rem; }
p { margin: 0.2rem 0; } .soft { color: var(--soft); } small { font-size: 0.85em; }
a { color: var(--blue); } a:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; }
section { margin: 1.75rem 0; } section > h2, section > h3 { margin-bottom: 0.6rem; }
code, pre, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; font-size: 0.87em; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 0.75rem; }
.tile { border: 1px solid var(--line); border-left: 5px solid var(--line); border-radius: 4px; padding: 0.6rem 0.8rem; }
.tile b { display: block; font-size: 1.7rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile small { display: block; color: var(--soft); line-height: 1.35; }
.tile.blocked { border-left-color: var(--red); } .tile.needs-attention { border-left-color: var(--amber); }
.tile.ready { border-left-color: var(--green); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: 0.35rem; }
th, td { text-align: left; vertical-align: top; padding: 0.32rem 0.6rem; border-bottom: 1px solid var(--line); }
thead th { font-size: 0.85em; color: var(--soft); font-weight: 600; border-bottom: 2px solid var(--line); white-space: nowrap; }
th.n, td.n { text-align: right; white-space: nowrap; } tbody th { font-weight: 600; }
tr.inner td:first-child, tr.inner th { padding-left: 1.8rem; font-weight: 400; }
.range { display: block; color: var(--soft); font-size: 0.85em; }
.scroll { overflow-x: auto; }
.chip { display: inline-block; border-radius: 3px; padding: 0.02rem 0.45rem; font-size: 0.82em; font-weight: 600; white-space: nowrap; background: var(--sheet); color: var(--soft); border: 1px solid var(--line); }
.chip.blocked, .chip.blocker, .chip.fails { background: var(--red-soft); color: var(--red); border-color: currentColor; }
.chip.needs-attention, .chip.warning, .chip.at-risk, .chip.failed { background: var(--amber-soft); color: var(--amber); border-color: currentColor; }
.chip.ready, .chip.kept, .chip.listed { background: var(--green-soft); color: var(--green); border-color: currentColor; }
.chip.lab-tested, .chip.changed { background: var(--blue-soft); color: var(--blue); border-color: currentColor; }
.server { border-top: 3px solid var(--ink); padding-top: 1rem; margin-top: 2.5rem; }
.server > header { display: flex; flex-wrap: wrap; gap: 0.4rem 0.8rem; align-items: center; }
.server > header a { margin-left: auto; font-size: 0.85em; }
dl.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); gap: 0.2rem 1.5rem; margin: 0.7rem 0 0; }
dl.facts div { display: flex; gap: 0.6rem; border-bottom: 1px solid var(--line); padding: 0.15rem 0; }
dl.facts dt { color: var(--soft); flex: 0 0 7.5rem; } dl.facts dd { margin: 0; }
.finding { border: 1px solid var(--line); border-left: 5px solid var(--line); border-radius: 4px; padding: 0.6rem 0.85rem 0.7rem; margin: 0.6rem 0; }
.finding.blocker { border-left-color: var(--red); } .finding.warning { border-left-color: var(--amber); }
.finding > header { display: flex; flex-wrap: wrap; gap: 0.3rem 0.6rem; align-items: baseline; }
.finding > header code { margin-left: auto; color: var(--soft); }
.finding dl { display: grid; grid-template-columns: minmax(6.5rem, max-content) 1fr; gap: 0.25rem 1rem; margin: 0.4rem 0 0; }
.finding dt { color: var(--soft); font-size: 0.9em; } .finding dd { margin: 0; }
.finding ul.subjects { margin: 0.3rem 0 0; padding-left: 1.2rem; }
.evidence { margin: 0; padding: 0.3rem 0.55rem; background: var(--sheet); border-radius: 3px; list-style: none; }
.evidence li { display: flex; flex-wrap: wrap; gap: 0 0.7rem; }
.evidence .where { color: var(--soft); } .evidence .text { white-space: pre-wrap; }
figure { margin: 0 0 1.4rem; } figcaption { margin-bottom: 0.4rem; }
figure svg { display: block; width: 100%; height: auto; margin-bottom: 0.5rem; }
svg text { font-family: inherit; font-size: 11.5px; fill: var(--ink); } svg .bar-name { fill: var(--soft); }
svg .detail { font-size: 10.5px; fill: var(--soft); }
svg rect { stroke: var(--soft); stroke-width: 0.8; fill: var(--boot); }
svg .fs { fill: var(--fs); } svg .container { fill: var(--container); } svg .swap { fill: var(--swap); }
svg .boot { fill: var(--boot); } svg .unknown { fill: var(--unknown); stroke-dasharray: 3 2; }
svg .free { fill: none; stroke: var(--line); stroke-dasharray: 3 3; } svg .extended { fill: none; stroke-width: 1.4; }
svg .used { fill: var(--fs-used); stroke: none; }
.assumptions { font-size: 0.88em; color: var(--soft); columns: 2; column-gap: 2rem; margin: 0.4rem 0 0; padding-left: 1.1rem; }
.foot { margin: 2.5rem 0 1.5rem; border-top: 1px solid var(--line); padding-top: 0.6rem; }
@page { size: A4; margin: 14mm 12mm 16mm; @bottom-right { content: counter(page) " / " counter(pages); font-size: 8pt; color: #56606b; } }
@media print {
  html { font-size: 9pt; } th, td { padding: 0.22rem 0.45rem; } main, .head { max-width: none; padding: 0; }
  .head { padding-top: 0; }
  .tile, tr, .finding, figure svg { break-inside: avoid; } h2, h3, figcaption, thead { break-after: avoid; }
  .server { break-before: page; border-top: none; margin-top: 0; padding-top: 0; }
  .server.only { break-before: auto; border-top: 2px solid var(--ink); margin-top: 1.2rem; padding-top: 0.6rem; }
  .server > header a { display: none; } a { color: inherit; text-decoration: none; } thead { display: table-header-group; }
  .scroll { overflow: visible; }
}
@media (max-width: 40rem) {
  .finding dl { grid-template-columns: 1fr; } .finding dt { margin-top: 0.3rem; } .assumptions { columns: 1; }
}
`;

/** The look of every page: system fonts, light and dark, readable from a phone to a wide screen. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --text: #1d2330; --muted: #5b6475; --line: #d9dee7; --paper: #ffffff; --panel: #f5f7fa;
  --good: #0f7b3f; --bad: #b3261e; --warning: #8a5a00; --idle: #5b6475; --link: #0b5cad; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8f0; --muted: #9aa5b8; --line: #333c4c; --paper: #12161d; --panel: #1b212b;
  --good: #58c98a; --bad: #ff8f86; --warning: #f0bd5b; --idle: #9aa5b8; --link: #7fb8f5; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--text); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; }
main > h2:first-child { font-size: 1.5rem; margin-top: 0; padding-top: 0; border-top: 0; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; padding-top: .75rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
p, ul { margin: .5rem 0; max-width: 60rem; }
a { color: var(--link); }
code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; }
td code, p code, li code { overflow-wrap: anywhere; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem; overflow-x: auto; margin: .5rem 0; }
pre.text { white-space: pre-wrap; overflow-wrap: anywhere; }
.table { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--muted); font-weight: 600; white-space: nowrap; }
.word { white-space: nowrap; }
.prose { min-width: 14rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
details { margin: .75rem 0; }
summary { cursor: pointer; }
.badge { font-weight: 600; white-space: nowrap; }
.badge.good { color: var(--good); } .badge.bad { color: var(--bad); } .badge.warning { color: var(--warning); } .badge.idle { color: var(--idle); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: .5rem 2rem; }
.chart { margin: .75rem 0; max-width: 40rem; } .chart figcaption { font-weight: 600; font-size: .9375rem; } .chart svg { width: 100%; height: auto; display: block; }
.chart text { fill: var(--muted); font-size: 11px; } .chart .axis { stroke: var(--line); }
.chart polyline { fill: none; stroke-width: 2; } .chart polyline.series-0 { stroke: var(--link); } .chart polyline.series-1 { stroke: var(--warning); } .chart polyline.series-2 { stroke: var(--good); }
.chart rect { fill: var(--link); } .chart tspan.series-0 { fill: var(--link); } .chart tspan.series-1 { fill: var(--warning); } .chart tspan.series-2 { fill: var(--good); }
@media (max-width: 48rem) {
  main { padding: 1.25rem 1rem 3rem; }
  thead { display: none; } table, tbody { display: block; }
  tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); gap: .25rem 1rem; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  td, td.number, td.word { padding: 0; border: 0; text-align: left; white-space: normal; overflow-wrap: anywhere; } td:first-child, td.prose { grid-column: 1 / -1; } td:first-child { font-weight: 600; } td:empty { display: none; } .badge { white-space: normal; }
  td[data-title]::before { content: attr(data-title); display: block; color: var(--muted); font: 400 .8125rem/1.4 system-ui, sans-serif; }
}
.added { color: var(--good); } .removed { color: var(--bad); } .same { color: var(--muted); }
`;

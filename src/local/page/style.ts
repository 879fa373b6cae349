/** The look of the page: system fonts, light and dark, tables that become lists on a narrow screen. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1d2330; --muted: #5b6475; --line: #d9dee7; --paper: #ffffff; --panel: #f5f7fa;
  --good: #0f7b3f; --bad: #b3261e; --warning: #8a5a00; --idle: #5b6475; --link: #0b5cad; --busy: #0b5cad;
  --fill-good: #2f9e63; --fill-bad: #d0453b; --fill-busy: #3d86d1; --fill-starting: #d99a22; --fill-idle: #aab3c2; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8f0; --muted: #9aa5b8; --line: #333c4c; --paper: #12161d; --panel: #1b212b;
  --good: #58c98a; --bad: #ff8f86; --warning: #f0bd5b; --idle: #9aa5b8; --link: #7fb8f5; --busy: #7fb8f5;
  --fill-good: #3fa56d; --fill-bad: #dd6158; --fill-busy: #4b8fd6; --fill-starting: #d3a03c; --fill-idle: #5a6578; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: baseline; max-width: 80rem; margin: 0 auto; padding: .75rem 1.25rem;
  border-bottom: 1px solid var(--line); }
header > a { font-weight: 700; text-decoration: none; color: var(--text); }
header label { margin-left: auto; color: var(--muted); font-size: .875rem; }
main { max-width: 80rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
nav { color: var(--muted); font-size: .875rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .25rem 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.125rem; margin: 2rem 0 .5rem; overflow-wrap: anywhere; }
p { margin: .5rem 0; max-width: 60rem; overflow-wrap: anywhere; }
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible, summary:focus-visible, input:focus-visible, button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, monospace; }
code { overflow-wrap: anywhere; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .5rem .75rem; margin: .5rem 0;
  white-space: pre-wrap; overflow-wrap: anywhere; overflow-y: auto; }
pre.tail { max-height: 24rem; }
pre time { color: var(--muted); margin-right: .75em; user-select: none; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem 1rem .4rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--muted); font-weight: 600; white-space: nowrap; font-size: .875rem; }
td.number, td time { white-space: nowrap; font-variant-numeric: tabular-nums; }
td.words { overflow-wrap: anywhere; min-width: 11rem; }
td .bar { min-width: 10rem; }
.muted { color: var(--muted); }
.badge { font-weight: 600; white-space: nowrap; color: var(--idle); }
.badge.SUCCEEDED, .badge.ACTIVE, .badge.ENABLED, .badge.VALID { color: var(--good); } .badge.FAILED { color: var(--bad); }
.badge.RUNNING { color: var(--busy); } .badge.STARTING { color: var(--warning); }
.bar { display: flex; height: .75rem; border-radius: 4px; overflow: hidden; background: var(--panel); gap: 1px; margin: .3rem 0; }
.bar span { min-width: 3px; background: var(--fill-idle); }
.bar .SUCCEEDED { background: var(--fill-good); } .bar .FAILED { background: var(--fill-bad); } .bar .RUNNING { background: var(--fill-busy); }
.bar .STARTING { background: var(--fill-starting); } .bar .RUNNABLE { background: repeating-linear-gradient(135deg, var(--fill-idle) 0 4px, var(--line) 4px 8px); }
.counts { font-size: .875rem; color: var(--muted); }
.chips { display: flex; flex-wrap: wrap; gap: .35rem .5rem; margin: .75rem 0; padding: 0; list-style: none; font-size: .875rem; }
.chips a { display: block; padding: .15rem .6rem; border: 1px solid var(--line); border-radius: 1rem; text-decoration: none; }
.chips a[aria-current] { background: var(--panel); border-color: var(--link); font-weight: 600; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .3rem 1.25rem; margin: .75rem 0; }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
details { margin: 1rem 0; } summary { cursor: pointer; }
form { display: flex; gap: .5rem; align-items: center; margin: .75rem 0; font-size: .875rem; }
input[type=number] { width: 7rem; } input, button { font: inherit; padding: .15rem .5rem; }
.more { display: flex; gap: 1.25rem; margin: 1rem 0; }
@media (max-width: 44rem) {
  main, header { padding-left: 1rem; padding-right: 1rem; }
  dl { grid-template-columns: 6.5rem minmax(0, 1fr); gap: .3rem .5rem; } dt { font-size: .875rem; }
  table, tbody, tr, td { display: block; } thead { display: none; }
  tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
  td { border: 0; padding: .1rem 0; display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .5rem; }
  td::before { content: attr(data-label); color: var(--muted); font-size: .875rem; }
  td:empty { display: none; }
  td .bar, td.words { min-width: 0; }
}
`;

export const tableRules = `
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 0 6px 20px; text-align: left; vertical-align: baseline; font-weight: inherit; }
th:first-child, td:first-child { padding-left: 0; }
thead th { color: var(--quiet); font-size: 0.8rem; font-weight: 600; line-height: 1.3; vertical-align: bottom; }
tbody tr { border-top: 1px solid var(--line); }
thead tr + tr th { padding-top: 4px; }
.number { text-align: right; white-space: nowrap; }
.spread { color: var(--quiet); font-size: 0.82em; margin-left: 0.3em; font-weight: 400; }
.results { margin-bottom: 8px; }
.results th[scope=row] { white-space: nowrap; font-weight: 600; }
.results thead .number { white-space: normal; }
.results th[scope=colgroup] { color: var(--ink); text-align: left; padding-bottom: 0; }
.results th[scope=colgroup] span { display: block; border-bottom: 1px solid var(--line); padding-bottom: 4px; }
.results .first { padding-left: 32px; }
.results .baseline th[scope=row] { font-weight: inherit; color: var(--quiet); }
.results .baseline td { color: var(--quiet); }
.results tbody + tbody { border-top: 2px solid var(--quiet); }
.results td.best { color: var(--accent); font-weight: 700; }
.measured dl { font-size: 0.8rem; gap: 2px 16px; margin-bottom: 12px; }
.locality { font-size: 0.85rem; }
.parameters b { font-weight: 600; }
.signals { display: flex; flex-wrap: wrap; gap: 4px; margin: 0; padding: 0; list-style: none; }
.signals li { background: var(--panel); border-radius: 4px; padding: 0 7px; font-size: 0.8rem; }
.signals li.foreign { background: var(--foreign-fill); color: var(--foreign); }
.neighbours table { width: auto; }
.neighbours tr { border-top: 0; }
.neighbours th, .neighbours td { padding: 4px 0 4px 10px; vertical-align: top; }
.neighbours tbody tr + tr { border-top: 1px solid var(--line); }
.found { display: flex; flex-wrap: wrap; gap: 4px 10px; }
.neighbours th[scope=row] { padding-right: 14px; }
.thumb { width: 76px; font-size: 0.75rem; line-height: 1.25; overflow-wrap: anywhere; text-align: center; }
.thumb.signal { width: 134px; }
.thumb.signal img { image-rendering: auto; object-fit: fill; }
.thumb img { display: block; box-sizing: content-box; margin: 0 auto 3px; border: 3px solid var(--page);
  image-rendering: pixelated; background: var(--panel); object-fit: contain; }
.thumb.right img { border-color: var(--accent); }
.thumb.wrong img { border: 3px dashed var(--foreign); }
.right b { color: var(--accent); }
.wrong b { color: var(--foreign); }
@media (max-width: 760px) {
  .thumb { width: 58px; }
  .thumb img { width: 44px; height: 44px; }
  .thumb.signal { width: 118px; }
  .thumb.signal img { width: 112px; height: 48px; }
  .neighbours th[scope=row] { padding-right: 6px; }
  .found { gap: 4px 6px; }
  .results th[scope=row], .results thead th:first-child { position: sticky; left: 0; background: var(--page); }
  .results th:first-child { padding-right: 8px; }
  .results th[scope=row] { white-space: normal; min-width: 112px; overflow-wrap: anywhere; }
  .results tr:last-child th.number { min-width: 76px; }
  .results .spread { display: block; margin: 0; }
  .locality th + th { display: none; }
  .locality td { display: block; padding-left: 0; }
  .locality td + td { padding-top: 0; }
}`

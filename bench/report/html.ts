/** One run as one file of HTML that needs no network: tables, and plots by Chart.js, which is inlined. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { goalRows } from '../goals.ts';
import { count, figuresText, ratio } from '../harness/format.ts';
import type { Results } from '../harness/result.ts';
import { ROOT } from '../paths.ts';
import { ENGINES, OURS } from '../peers/catalogue.ts';
import { sectionsOf } from './charts.ts';
import { byWork } from './tables.ts';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Text inside a script element must not end it. */
const inScript = (text: string): string => text.replaceAll('</', '<\\/').replaceAll('<!--', '<\\!--');

const STYLE = `
:root { color-scheme: light dark; --line: #dee2e6; --soft: #f8f9fa; --good: #2b8a3e; --bad: #c92a2a; }
@media (prefers-color-scheme: dark) { :root { --line: #343a40; --soft: #1f2226; --good: #69db7c; --bad: #ff8787; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1200px; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: 0.2rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; }
h3 { font-size: 1rem; margin: 0 0 0.3rem; }
.charts { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(520px, 100%), 1fr)); }
figure { border: 1px solid var(--line); border-radius: 8px; margin: 0; min-width: 0; padding: 0.8rem; }
figure div { height: 340px; position: relative; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: 3px 10px; text-align: left; white-space: nowrap; }
th { background: var(--soft); } .met { color: var(--good); } .missed { color: var(--bad); }
small { opacity: 0.75; }
`;

const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<div class="wide"><table><thead><tr>${head.map((h) => `<th>${escaped(h)}</th>`).join('')}</tr></thead><tbody>${rows
    .map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`)
    .join('')}</tbody></table></div>`;

function goals(results: Results): string {
  const rows = goalRows(results).filter(({ reached }) => reached !== undefined);
  if (rows.length === 0) return '';
  const side = (f: (typeof rows)[number]['ours']) => (f === undefined ? '' : escaped(figuresText(f)));
  const verdict = (met: boolean | undefined) => {
    if (met === undefined) return 'reported';
    return met ? '<span class="met">met</span>' : '<span class="missed">not met</span>';
  };
  return `<h2>Goals</h2><p>ns at best (median ± half the distance of the quartiles); ratios are of the best.</p>${tableOf(
    ['work, entries', 'goal', 'ours', 'against', 'reached', ''],
    rows.map((row) => [
      escaped(row.work),
      escaped(row.goal),
      side(row.ours),
      side(row.peer),
      escaped(row.reached ?? ''),
      verdict(row.met),
    ]),
  )}`;
}

function measurements({ cells }: Results): string {
  const suites = [...new Set(cells.map(({ suite }) => suite))].map((suite) => {
    const of = cells.filter((cell) => cell.suite === suite);
    const engines = ENGINES.filter((engine) => of.some((cell) => cell.engine === engine));
    const rows = [...byWork(of)].map(([work, same]) => {
      const ours = same.find(({ engine }) => engine === OURS)?.figures.min;
      return [
        escaped(work),
        ...engines.map((engine) => {
          const cell = same.find((c) => c.engine === engine);
          if (cell === undefined) return '';
          const against =
            ours === undefined || engine === OURS ? '' : ` <small>${ratio(cell.figures.min / ours)}</small>`;
          return `${escaped(figuresText(cell.figures))}${against}`;
        }),
      ];
    });
    return `<details><summary>${suite}: ${of.length} measurements</summary>${tableOf(['', ...engines], rows)}</details>`;
  });
  return `<h2>All measurements</h2><p>ns an operation, at best (median ± spread), and how many times as fast the emulator is.</p>${suites.join('')}`;
}

/** The report of a run. */
export function htmlOf(results: Results): string {
  const { environment: env } = results;
  const sections = sectionsOf(results);
  const charts = sections.flatMap((section) => section.charts);
  let next = 0;
  const body = sections
    .map(
      ({ title, text, charts: own }) =>
        `<h2>${escaped(title)}</h2><p>${escaped(text)}</p><div class="charts">${own
          .map(
            (chart) =>
              `<figure><h3>${escaped(chart.title)}</h3><div><canvas id="chart-${next++}" role="img" aria-label="${escaped(`${title}: ${chart.title}`)}"></canvas></div></figure>`,
          )
          .join('')}</div>`,
    )
    .join('');
  const versions = Object.entries(env.versions).map(([name, version]) => `${name} ${version}`);
  const left = results.skipped.map((line) => `<li>${escaped(line)}</li>`).join('');
  const library = readFileSync(join(ROOT, 'node_modules', 'chart.js', 'dist', 'chart.umd.min.js'), 'utf8');
  const page = readFileSync(new URL('page.js', import.meta.url), 'utf8');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>hmap-wasm benchmark, ${results.date.slice(0, 10)}</title><style>${STYLE}</style></head><body>
<h1>hmap-wasm benchmark</h1>
<p>${results.date.slice(0, 10)}, ${escaped(results.mode)} run of ${count(results.seconds)} s on ${escaped(env.cpu)}, ${env.cores} cores, ${escaped(env.memory)}, ${escaped(env.system)}; load ${env.load.map((l) => l.toFixed(1)).join(' to ')}<br>
<small>${escaped(versions.join(', '))}</small></p>
${left === '' ? '' : `<p>Left out:</p><ul>${left}</ul>`}
${goals(results)}${body}${measurements(results)}
<script type="application/json" id="charts">${inScript(JSON.stringify(charts))}</script>
<script>${inScript(library)}</script>
<script type="module">${inScript(page.replace(/^\/\/# sourceMappingURL.*$/m, ''))}</script>
</body></html>
`;
}

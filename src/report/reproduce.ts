/** What the runs of cases have found, as text and as JSON. */
import type { CaseResult, Dump, Step } from '../cases/index.ts';
import { dumpText } from './dump.ts';
import { jsonText } from './json.ts';
import { item, type Terminal, wrap } from './terminal.ts';

/** A summary, then each case with its evidence; `withC` its C functions too. */
export function casesText(results: readonly CaseResult[], terminal: Terminal, withC = false): string {
  const parts = [summary(results, terminal), ...results.map((result) => caseText(result, terminal, withC))];
  return `${parts.join('\n\n')}\n`;
}

function summary(results: readonly CaseResult[], terminal: Terminal): string {
  return terminal.table({
    head: ['case', 'checks', 'legal twin', 'behaves as documented'],
    rows: results.map((result) => [
      result.case.name,
      `${result.checks.filter(({ ok }) => ok).length} of ${result.checks.length}`,
      twinText(result),
      result.ok ? terminal.paint('good', 'yes') : terminal.paint('bad', 'NO'),
    ]),
  });
}

function twinText(result: CaseResult): string {
  const twins = result.steps.filter(({ kind }) => kind === 'legal twin');
  if (twins.length === 0) return 'none';
  return twins.every(({ complaints }) => complaints?.length === 0) ? 'silent' : 'COMPLAINS';
}

function caseText(result: CaseResult, terminal: Terminal, withC: boolean): string {
  const { width } = terminal;
  const { title, name, goesWrong, releases, targets, program, notModelled } = result.case;
  const heading = `${title} (${name})`;
  const parts = [
    `${terminal.paint('heading', heading)}\n${'='.repeat(heading.length)}`,
    wrap(goesWrong, width),
    wrap(`Go ${releases.join(', ')} on ${targets.join(' and ')}; ${result.hash}.`, width),
    `The program:\n${program.replace(/^/gm, '  ')}`,
    ...result.steps.map((step, i) => stepText(step, i + 1, terminal)),
  ];
  if (result.claims.length > 0) parts.push(claimsText(result, terminal));
  parts.push(checksText(result, terminal));
  parts.push(['Not modelled:', ...notModelled.map((text) => item('-', text, width, 2))].join('\n'));
  if (withC && result.case.c !== undefined)
    parts.push(`The C side:\n${result.case.c.replace(/^(?=.)/gm, '  ')}`);
  return parts.join('\n\n');
}

function stepText(step: Step, number: number, terminal: Terminal): string {
  const { width } = terminal;
  const kind = `${step.kind[0]?.toUpperCase()}${step.kind.slice(1)}`;
  const parts = [terminal.paint('heading', wrap(`${number}. ${kind}: ${step.title}`, width))];
  parts.push(...step.text.split('\n').map((paragraph) => wrap(paragraph, width)));
  if (step.table !== undefined) {
    const numbers = step.table.head.map((_, i) => i).slice(1);
    parts.push(terminal.table({ ...step.table, numbers, indent: 2 }));
  }
  for (const dump of step.dumps ?? []) parts.push(dumpText(dump, terminal));
  if (step.complaints !== undefined) parts.push(complaintsText(step, terminal));
  return parts.join('\n\n');
}

function complaintsText({ complaints = [] }: Step, terminal: Terminal): string {
  if (complaints.length === 0) return terminal.paint('good', '  The detector is silent.');
  const lines = complaints.map((text) => item('!', text, terminal.width, 2));
  return terminal.paint('bad', lines.join('\n'));
}

function claimsText({ claims }: CaseResult, terminal: Terminal): string {
  const lines = claims.map(({ says, holds, shown }) => {
    const verdict = holds ? terminal.paint('good', '  true ') : terminal.paint('bad', '  false');
    return `${verdict}  ${wrap(`"${says}"`, terminal.width, 9).trimStart()}\n${wrap(shown, terminal.width, 9)}`;
  });
  return ['What is said of it:', ...lines].join('\n');
}

function checksText({ checks }: CaseResult, terminal: Terminal): string {
  const lines = checks.map((check) => {
    const { ok, text, expected, found } = check;
    const figure = expected === 'yes' || expected.length > 24 ? '' : `: ${found}`;
    if (ok)
      return `  ${terminal.paint('good', 'ok')}${item('  ok', `${text}${figure}`, terminal.width).slice(4)}`;
    const failed = item('FAILED', `${text}: expected ${expected}, found ${found}`, terminal.width, 2);
    return terminal.paint('bad', failed);
  });
  return ['Checks:', ...lines].join('\n');
}

/** Everything that the runs have found, for programs. */
export function casesJson(results: readonly CaseResult[]): string {
  return `${jsonText({ ok: results.every(({ ok }) => ok), cases: results.map(caseData) })}\n`;
}

function caseData(result: CaseResult): object {
  const { name, title, goesWrong, releases, targets, program, c, notModelled } = result.case;
  const { ok, hash, checks, claims } = result;
  const steps = result.steps.map(({ dumps, ...step }) => ({ ...step, dumps: dumps?.map(dumpData) }));
  const about = { name, title, goesWrong, releases, targets, program, c, notModelled };
  return { ...about, ok, hash, checks, claims, steps };
}

function dumpData(dump: Dump): object {
  const columns = dump.columns.map(({ label, address, bytes }) => ({
    label,
    address: address === undefined ? null : `0x${address.toString(16)}`,
    bytes,
  }));
  return { ...dump, columns };
}

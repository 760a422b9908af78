/** What tests of cases ask of a result. */
import type { CaseResult, Step } from 'hmap-wasm/cases';

/** The steps of a kind. */
export const steps = (result: CaseResult, kind: string): Step[] =>
  result.steps.filter((each) => each.kind === kind);

/** The first step of a kind, which must be there. */
export function step(result: CaseResult, kind: string): Step {
  const [first] = steps(result, kind);
  if (first === undefined) throw new Error(`the case has no step of the kind ${kind}`);
  return first;
}

/** The texts of the checks that failed. */
export const failures = (result: CaseResult): string[] =>
  result.checks.filter(({ ok }) => !ok).map(({ text }) => text);

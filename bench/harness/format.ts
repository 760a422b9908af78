/** Figures as text. Units are never scaled silently: what is printed says which one it is in. */

const UNITS = [
  { unit: 's', ns: 1e9 },
  { unit: 'ms', ns: 1e6 },
  { unit: 'µs', ns: 1e3 },
] as const;

/** Three significant digits, at most one behind the point where there are two in front: 5.43, 18.5, 612. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  if (size >= 99.95) return value.toFixed(0);
  return value.toFixed(size >= 9.995 ? 1 : 2);
}

/** Nanoseconds an operation, without the unit: a table's column is all of one unit. */
export const ns = (value: number): string => number(value);

/** A time given in nanoseconds, in the unit in which it is shortest to read. */
export function time(value: number): string {
  const { unit, ns: size } = UNITS.find((u) => Math.abs(value) >= u.ns) ?? { unit: 'ns', ns: 1 };
  return `${number(value / size)} ${unit}`;
}

/** How many times as fast: 2.85x. */
export const ratio = (value: number): string => (Number.isFinite(value) ? `${number(value)}x` : '-');

/** A share: 57 %. */
export const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

/** A number of entries: 1,000,000. */
export const count = (n: number): string => n.toLocaleString('en-US');

/** min (median ± spread), as tables have it. */
export function figuresText({
  min,
  median,
  spread,
}: {
  min: number;
  median: number;
  spread: number;
}): string {
  return `${ns(min)} (${ns(median)} ±${percent(spread)})`;
}

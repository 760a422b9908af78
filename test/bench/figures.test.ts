/** Figures, labels and their text: a unit that slips would make every number wrong by the same factor. */
import { describe, expect, test } from 'vitest';
import { figures, perOperation, quantile } from '../../bench/harness/figures.ts';
import { count, figuresText, ns, number, percent, ratio, time } from '../../bench/harness/format.ts';
import { labelOf, workOf } from '../../bench/harness/label.ts';
import { shareOf } from '../../bench/harness/session.ts';

describe('figures', () => {
  test('are the least, the middle and half the distance of the quartiles', () => {
    const { min, median, spread, samples } = figures([5, 1, 3, 2, 4]);
    expect({ min, median, spread }).toEqual({ min: 1, median: 3, spread: 1 / 3 });
    expect(samples).toEqual([5, 1, 3, 2, 4]);
  });

  test('fall between the two middle samples of an even number', () => {
    expect(figures([1, 2, 3, 10]).median).toBe(2.5);
    expect(quantile([10, 20], 0.25)).toBe(12.5);
  });

  test('of one sample have no spread, of none do not exist', () => {
    expect(figures([7])).toMatchObject({ min: 7, median: 7, spread: 0 });
    expect(() => figures([])).toThrow(RangeError);
  });

  test('are divided by every operation of a repetition', () => {
    expect(perOperation(1_000_000, 100_000)).toBe(10);
    expect(() => perOperation(1, 0)).toThrow(RangeError);
  });
});

describe('text', () => {
  test('of numbers keeps three digits that count', () => {
    expect([0.4, 5.432, 9.99, 9.996, 18.54, 99.94, 99.96, 612.4, 12345].map(number)).toEqual([
      '0.40',
      '5.43',
      '9.99',
      '10.0',
      '18.5',
      '99.9',
      '100',
      '612',
      '12345',
    ]);
    expect(number(Number.NaN)).toBe('-');
  });

  test('of nanoseconds is in nanoseconds, whatever their size', () => {
    expect(ns(18.5)).toBe('18.5');
    expect(ns(1850)).toBe('1850');
  });

  test('of times says its unit, and the unit belongs to the number', () => {
    expect([0.5, 999, 1000, 18_500, 2_100_000, 3_500_000_000].map(time)).toEqual([
      '0.50 ns',
      '999 ns',
      '1.00 µs',
      '18.5 µs',
      '2.10 ms',
      '3.50 s',
    ]);
  });

  test('of ratios, shares and numbers of entries', () => {
    expect(ratio(2.849)).toBe('2.85x');
    expect(ratio(Number.POSITIVE_INFINITY)).toBe('-');
    expect(percent(0.554)).toBe('55 %');
    expect(count(4_000_000)).toBe('4,000,000');
    expect(figuresText({ min: 18.52, median: 20.01, spread: 0.031 })).toBe('18.5 (20.0 ±3 %)');
  });
});

describe('time', () => {
  test('is shared out where there is not enough of it', () => {
    expect(shareOf(100, 50)).toBe(1);
    expect(shareOf(100, 400)).toBe(0.25);
    expect(shareOf(-5, 400)).toBe(0);
    expect(shareOf(Number.POSITIVE_INFINITY, 400)).toBe(1);
    expect(shareOf(10, 0)).toBe(1);
  });
});

describe('labels', () => {
  const of = { engine: 'classic', key: 'uint64', elem: 'uint64', len: 65536, op: 'hit' };

  test('name every dimension', () => {
    expect(labelOf(of)).toBe('engine=classic/key=uint64/elem=uint64/len=65536/op=hit');
    expect(labelOf({ ...of, batch: 64, hits: 50 })).toBe(
      'engine=classic/key=uint64/elem=uint64/len=65536/op=hit/batch=64/hits=50',
    );
  });

  test('without the engine are the same for the same work', () => {
    expect(workOf(of)).toBe(workOf({ ...of, engine: 'Map(bigint)' }));
    expect(workOf(of)).toBe('key=uint64/elem=uint64/len=65536/op=hit');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Condition,
  fieldsAre,
  isAbsent,
  isAbsentOr,
  isAtMost,
} from '../../../lambdas/clients/asset-ledger/conditions.ts';

type Item = Record<string, string | number>;

/** As DynamoDB evaluates the few forms that occur; integration tests hold the real one to the same. */
function holds(item: Item | undefined, condition: Partial<Condition>): boolean {
  const {
    ConditionExpression = '',
    ExpressionAttributeNames: names = {},
    ExpressionAttributeValues: values = {},
  } = condition;
  const boundValue = (placeholder: string): string | number => {
    const value: unknown = values[placeholder];
    if (typeof value !== 'string' && typeof value !== 'number') throw new Error(`${placeholder} has no value`);
    return value;
  };
  const fieldOf = (placeholder: string): string | number | undefined => {
    const name = names[placeholder];
    if (name === undefined) throw new Error(`${placeholder} has no name`);
    return item?.[name];
  };
  const term = (text: string): boolean => {
    if (text === 'attribute_not_exists(pk)') return item?.['pk'] === undefined;
    const [, list, members = ''] = /^(#\w+) IN \((:\w+(?:, :\w+)*)\)$/.exec(text) ?? [];
    if (list !== undefined)
      return members
        .split(', ')
        .map(boundValue)
        .includes(fieldOf(list) as string);
    const [, field, most] = /^(#\w+) <= (:\w+)$/.exec(text) ?? [];
    if (field === undefined || most === undefined) throw new Error(`not understood: ${text}`);
    const [found, bound] = [fieldOf(field), boundValue(most)];
    // DynamoDB compares what is of one type, and nothing else.
    return typeof found === typeof bound && (found as number) <= (bound as number);
  };
  return ConditionExpression.split(' OR ').some((side) => side.split(' AND ').every(term));
}

const row: Item = { pk: 'ASSET#a', status: 'processing', attempt: 2 };

describe('the condition of a write', () => {
  it('that the row is absent holds for the first word only', () => {
    expect(holds(undefined, isAbsent)).toBe(true);
    expect(holds(row, isAbsent)).toBe(false);
  });

  it('that fields are unchanged holds where each of them is, and no other field matters', () => {
    const unchanged = fieldsAre({ status: 'processing', attempt: 2 });
    expect(holds(row, unchanged)).toBe(true);
    expect(holds({ ...row, desk: 'sport' }, unchanged)).toBe(true);
    expect(holds({ ...row, attempt: 3 }, unchanged)).toBe(false);
    expect(holds({ ...row, status: 'failed' }, unchanged)).toBe(false);
    expect(holds(undefined, unchanged)).toBe(false);
  });

  it('that a field is one of several holds for each of them', () => {
    const isOpen = fieldsAre({ status: ['processing', 'failed'], attempt: 2 });
    expect(holds(row, isOpen)).toBe(true);
    expect(holds({ ...row, status: 'failed' }, isOpen)).toBe(true);
    expect(holds({ ...row, status: 'indexed' }, isOpen)).toBe(false);
  });

  it('that a rising field has not come further holds up to its value, of numbers and of text', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (found, most) => {
        expect(holds({ ...row, attempt: found }, isAtMost('attempt', most))).toBe(found <= most);
      }),
    );
    expect(holds({ ...row, version: '2026-05' }, isAtMost('version', '2026-06'))).toBe(true);
    expect(holds({ ...row, version: '2026-07' }, isAtMost('version', '2026-06'))).toBe(false);
    expect(holds(row, isAtMost('version', '2026-06'))).toBe(false);
  });

  it('that something holds or the row is absent lets the first write through, and keeps names and values', () => {
    const either = isAbsentOr(isAtMost('attempt', 1));
    expect(holds(undefined, either)).toBe(true);
    expect(holds({ ...row, attempt: 1 }, either)).toBe(true);
    expect(holds(row, either)).toBe(false);
  });

  it('uses names and values of its own, which a write’s cannot meet', () => {
    const { ExpressionAttributeNames, ExpressionAttributeValues } = fieldsAre({ status: ['a', 'b'] });
    expect(Object.keys(ExpressionAttributeNames ?? {}).every((name) => name.startsWith('#is_'))).toBe(true);
    expect(Object.keys(ExpressionAttributeValues ?? {}).every((name) => name.startsWith(':is_'))).toBe(true);
  });
});

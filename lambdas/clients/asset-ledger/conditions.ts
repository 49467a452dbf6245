import type { PutCommandInput } from '@aws-sdk/lib-dynamodb';

/**
 * What must hold of an item for a write to go through, as the commands take it. These are the conditions of effects that
 * are one write: claimed, done and confirmed at once. Names and values begin with `is`, so that a write's own do not
 * meet them.
 */
export type Condition = Required<
  Pick<PutCommandInput, 'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>
>;

/** The first word stands. */
export const isAbsent = { ConditionExpression: 'attribute_not_exists(pk)' } as const;

/** Nobody has changed these fields; of a list each member will do. */
export function fieldsAre(fields: Readonly<Record<string, string | number | readonly string[]>>): Condition {
  const values: Record<string, string | number> = {};
  const holds = Object.entries(fields).map(([name, allowed]) => {
    const places = (typeof allowed === 'object' ? allowed : [allowed]).map((value, at) => {
      values[`:is_${name}_${at}`] = value;
      return `:is_${name}_${at}`;
    });
    return `#is_${name} IN (${places.join(', ')})`;
  });
  return {
    ConditionExpression: holds.join(' AND '),
    ExpressionAttributeNames: Object.fromEntries(Object.keys(fields).map((name) => [`#is_${name}`, name])),
    ExpressionAttributeValues: values,
  };
}

/** A field that only rises has not come further. */
export const isAtMost = (name: string, value: string | number): Condition => ({
  ConditionExpression: `#is_${name} <= :is_${name}`,
  ExpressionAttributeNames: { [`#is_${name}`]: name },
  ExpressionAttributeValues: { [`:is_${name}`]: value },
});

export const isAbsentOr = (condition: Condition): Condition => ({
  ...condition,
  ConditionExpression: `${isAbsent.ConditionExpression} OR ${condition.ConditionExpression}`,
});

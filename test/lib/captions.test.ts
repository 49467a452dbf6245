import { describe, expect, it } from 'vitest';
import { alarmCatalogue } from '../../lib/monitoring/catalogue.ts';
import { Synthesised } from './support/synthesis.ts';

const stacks = new Synthesised('local', { captionApi: 'http://127.0.0.1:4540/v1' });
const alarms = new Map(
  stacks
    .resources('AWS::CloudWatch::Alarm', 'monitoring')
    .map(([, { Properties }]) => [String(Properties['AlarmName']).replace('wirescope-local-', ''), Properties]),
);

describe('the stacks of an environment with captions', () => {
  it('watch money, provider and waiting, each by its alarm', () => {
    const kinds = Object.keys(alarmCatalogue).filter((kind) => /^captions?[A-Z]/.test(kind));
    expect(kinds).toHaveLength(3);
    expect([...alarms.keys()]).toEqual(expect.arrayContaining(kinds));
  });

  it('alarm before a desk’s money is gone, by the highest of the desks', () => {
    expect(alarms.get('captionBudget')).toMatchObject({
      Metrics: [{ MetricStat: { Metric: { MetricName: 'CaptionBudgetUsed' }, Stat: 'Maximum' } }],
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 80,
      EvaluationPeriods: 1,
    });
  });

  it('begin late captions by a timer, and watch its function too', () => {
    expect([...alarms.keys()]).toContain('functionErrors-caption-late');
  });
});

import { describe, expect, it } from 'vitest';
import { alarmCatalogue, anchorOf } from '../../../lib/monitoring/catalogue.ts';
import { severities } from '../../../lib/monitoring/severities.ts';
import { type Synthesised, spelled } from '../support/synthesis.ts';

export function monitoring(stacks: Synthesised): void {
  const alarms = stacks.resources('AWS::CloudWatch::Alarm', 'monitoring').map(([, { Properties }]) => Properties);
  const composites = stacks.resources('AWS::CloudWatch::CompositeAlarm').map(([, { Properties }]) => Properties);
  const prefix = `wirescope-${stacks.environment}-`;

  describe('the alarms', () => {
    it('are there for every kind of the catalogue', () => {
      const kinds = new Set(alarms.map(({ AlarmName }) => AlarmName.slice(prefix.length).split('-')[0]));
      const { live, captions } = stacks.deployment.environment;
      // A feed's alarms are there where there is a feed, those of captions where a provider makes them.
      const isThere = (kind: string) =>
        /^live[A-Z]/.test(kind)
          ? (live?.feeds.length ?? 0) > 0
          : /^captions?[A-Z]/.test(kind)
            ? captions !== 'off'
            : true;
      const expected = Object.keys(alarmCatalogue).filter(isThere);
      expect([...kinds].sort()).toEqual(expected.sort());
    });

    it('watch every function but the one that CloudFormation calls', () => {
      const watched = alarms
        .map(({ AlarmName }) => AlarmName.slice(prefix.length))
        .filter((name) => name.startsWith('functionErrors-'))
        .map((name) => name.replace('functionErrors-', ''));
      expect(watched.sort()).toEqual([
        'admit',
        'api',
        'assemble-shots',
        'count-stuck-assets',
        'decode-chunk',
        'describe',
        'enrich',
        'extract-keyframes',
        'feed-backfill',
        'index',
        'infer-chunk',
        'plan-shots',
        'reconcile',
        'record-outcome',
        'refresh-vocabulary',
        'release-embargoed',
        'return-inference',
        'search',
        'stitch-shots',
        'sweep-doubles',
        'withdraw-asset',
      ]);
    });

    it('reach the topic when they start and when they end', () => {
      const [[topicId] = []] = stacks.resources('AWS::SNS::Topic', 'monitoring');
      for (const alarm of alarms) {
        expect(alarm['AlarmActions'].map(spelled)).toEqual([`<${topicId}>`]);
        expect(alarm['OKActions'].map(spelled)).toEqual([`<${topicId}>`]);
      }
    });

    it('name their severity and the heading of the runbook', () => {
      const anchors = new Map<string, string>(
        Object.values(alarmCatalogue).map(({ heading, severity }) => [anchorOf(heading), severity]),
      );
      for (const { AlarmDescription } of alarms) {
        const [, severity, anchor = ''] = /^\[(\w+)\] .* docs\/runbook\.md#([\w-]+)$/.exec(AlarmDescription) ?? [];
        expect(anchors.get(anchor)).toBe(severity);
      }
    });

    it('are silent where nothing is measured: no traffic is no fault', () => {
      for (const alarm of alarms) expect(alarm['TreatMissingData']).toBe('notBreaching');
    });

    it('are summed up once a severity', () => {
      expect(composites.map(({ AlarmName }) => AlarmName).sort()).toEqual(
        Object.keys(severities)
          .map((severity) => `${prefix}any-${severity}`)
          .sort(),
      );
      const summed = composites.flatMap(({ AlarmRule }) => spelled(AlarmRule).match(/ALARM\(/g) ?? []);
      expect(summed).toHaveLength(alarms.length);
    });
  });

  it('encrypts the topic with a key that CloudWatch may use', () => {
    const [[, topic] = []] = stacks.resources('AWS::SNS::Topic', 'monitoring');
    expect(topic?.Properties['KmsMasterKeyId']).toBeDefined();
    const [[, key] = []] = stacks.resources('AWS::KMS::Key', 'monitoring');
    expect(key?.Properties['KeyPolicy'].Statement).toContainEqual(
      expect.objectContaining({
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Condition: expect.anything(),
      }),
    );
  });

  it('shows the path in its order on the dashboard', () => {
    const [[, dashboard] = []] = stacks.resources('AWS::CloudWatch::Dashboard');
    const steps = [...spelled(dashboard?.Properties['DashboardBody']).matchAll(/### (\w+)/g)].map(([, step]) => step);
    expect(steps).toEqual(['admit', 'shots', 'describe', 'enrich', 'index', 'workflow', 'search']);
  });
}

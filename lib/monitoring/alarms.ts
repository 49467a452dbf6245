import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  AlarmRule,
  AlarmState,
  ComparisonOperator,
  CompositeAlarm,
  type IAlarmAction,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type AlarmKind, alarmCatalogue, anchorOf, runbook } from './catalogue.ts';
import { type Severity, severities } from './severities.ts';

export interface AlarmSettings {
  readonly metric: IMetric;
  /** Alarm where the metric is above it. */
  readonly above: number;
  /** Of the last `periods` periods, `breaching` must be above; one of one unless said otherwise. */
  readonly periods?: number;
  readonly breaching?: number;
  /** Which of several, where a kind has one alarm each: a function's or an endpoint's word. */
  readonly of?: string;
}

/** Makes alarms of the catalogue's kinds, all with the same action, and sums them up by severity. */
export class Alarms extends Construct {
  private readonly action: IAlarmAction;
  private readonly environmentName: string;
  private readonly made = new Map<Severity, Alarm[]>();
  readonly kindsMade = new Set<AlarmKind>();

  constructor(scope: Construct, id: string, props: { environmentName: string; action: IAlarmAction }) {
    super(scope, id);
    this.action = props.action;
    this.environmentName = props.environmentName;
  }

  add(kind: AlarmKind, settings: AlarmSettings): Alarm {
    const { severity, heading, summary } = alarmCatalogue[kind];
    const constructId = settings.of === undefined ? kind : `${kind}-${settings.of}`;
    const alarm = new Alarm(this, constructId, {
      alarmName: `wirescope-${this.environmentName}-${constructId}`,
      alarmDescription: `[${severity}] ${settings.of === undefined ? '' : `${settings.of}: `}${summary} ${runbook}#${anchorOf(heading)}`,
      metric: settings.metric,
      threshold: settings.above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: settings.periods ?? 1,
      datapointsToAlarm: settings.breaching ?? settings.periods ?? 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(this.action);
    alarm.addOkAction(this.action);
    this.kindsMade.add(kind);
    this.made.set(severity, [...(this.made.get(severity) ?? []), alarm]);
    return alarm;
  }

  get all(): Alarm[] {
    return [...this.made.values()].flat();
  }

  /** One composite a severity: what is the worst that is the matter, at a glance. Its parts notify, it only sums up. */
  sumUp(): CompositeAlarm[] {
    return [...this.made].map(
      ([severity, alarms]) =>
        new CompositeAlarm(this, `any-${severity}`, {
          compositeAlarmName: `wirescope-${this.environmentName}-any-${severity}`,
          alarmDescription: `[${severity}] At least one alarm of this severity. ${severities[severity]}. ${runbook}`,
          alarmRule: AlarmRule.anyOf(...alarms.map((alarm) => AlarmRule.fromAlarm(alarm, AlarmState.ALARM))),
        }),
    );
  }
}

export const onePeriod = Duration.minutes(1);

import { describe, expect, it } from 'vitest';
import { type Synthesised, spelled } from '../support/synthesis.ts';

export function pipeline(stacks: Synthesised): void {
  const { environment } = stacks.deployment;
  const functions = stacks
    .resources('AWS::Lambda::Function')
    .filter(([id]) => !id.startsWith('CustomCDKBucketDeployment'));
  const queues = stacks.resources('AWS::SQS::Queue');

  describe('the functions', () => {
    it('are twenty-three, on the current runtime, traced, each with its own log group', () => {
      expect(functions).toHaveLength(23);
      for (const [, { Properties }] of functions) {
        expect(Properties['Runtime']).toBe('nodejs24.x');
        expect(Properties['TracingConfig']).toEqual({ Mode: 'Active' });
      }
      const groups = functions.map(([, { Properties }]) => spelled(Properties['LoggingConfig'].LogGroup));
      expect(new Set(groups).size).toBe(functions.length);
    });

    it('say which step their logs and metrics belong to', () => {
      for (const [, { Properties }] of functions) {
        const variables = Properties['Environment'].Variables;
        expect(variables.POWERTOOLS_SERVICE_NAME).toMatch(
          /^(admit|shots|describe|enrich|index|workflow|operate|search|api)$/,
        );
        expect(variables.POWERTOOLS_METRICS_NAMESPACE).toBe('Wirescope');
        expect(variables.WIRESCOPE_ENVIRONMENT).toBe(environment.name);
      }
    });

    it('find ffmpeg in a layer in AWS, and on the machine itself where that is emulated', () => {
      const shots = functions.find(([id]) => id.startsWith('ShotsDecode'))?.[1].Properties ?? {};
      const isEmulated = environment.name === 'local';
      expect(shots['Layers']).toHaveLength(isEmulated ? 1 : 2);
      expect(shots['Environment'].Variables.FFMPEG_PATH).toMatch(
        isEmulated ? /\.wirescope\/tools\/ffmpeg\/ffmpeg$/ : /^\/opt\/bin\/ffmpeg$/,
      );
    });

    it('carry no secret in their environment', () => {
      for (const [, { Properties }] of functions)
        for (const name of Object.keys(Properties['Environment'].Variables))
          expect(name).not.toMatch(/PASSWORD|TOKEN|API_KEY|SECRET(?!_ARN)/);
    });
  });

  describe('the log groups', () => {
    it('are encrypted and kept as long as configured, all of them', () => {
      const groups = stacks.resources('AWS::Logs::LogGroup');
      expect(groups.length).toBeGreaterThanOrEqual(13);
      for (const [, { Properties }] of groups) {
        expect(Properties['RetentionInDays']).toBe(environment.logRetentionDays);
        expect(spelled(Properties['KmsKeyId'])).toContain('Key');
        expect(Properties['LogGroupName']).toMatch(new RegExp(`^/wirescope/${environment.name}/`));
      }
    });
  });

  describe('the queues', () => {
    it('are encrypted, and take messages by TLS only', () => {
      for (const [id, { Properties }] of queues) {
        expect(Properties['SqsManagedSseEnabled']).toBe(true);
        const [, policy] =
          stacks
            .resources('AWS::SQS::QueuePolicy')
            .find(([, other]) => other.Properties['Queues'].map(spelled).includes(`<${id}>`)) ?? [];
        expect(policy?.Properties['PolicyDocument'].Statement).toContainEqual(
          expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        );
      }
    });

    it('hand a message that fails five times to a dead letter queue', () => {
      const admit = queues.find(([id]) => /^AdmitQueue[0-9A-F]{8}$/.test(id))?.[1].Properties ?? {};
      expect(admit['RedrivePolicy'].maxReceiveCount).toBe(5);
      expect(spelled(admit['RedrivePolicy'].deadLetterTargetArn)).toMatch(/^<AdmitQueueDeadLetters/);
    });

    it('hide a message for six times as long as admit may work on it', () => {
      const admit = queues.find(([id]) => /^AdmitQueue[0-9A-F]{8}$/.test(id))?.[1].Properties ?? {};
      expect(admit['VisibilityTimeout']).toBe(6 * environment.functions.admit.timeoutSeconds);
    });
  });

  describe('admit', () => {
    it('is told of objects below the incoming prefix, and of no others', () => {
      const [, rule] = stacks.resources('AWS::Events::Rule').find(([id]) => id.startsWith('Admit')) ?? [];
      expect(rule?.Properties['EventPattern']).toMatchObject({
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { object: { key: [{ prefix: 'incoming/' }] } },
      });
      expect(rule?.Properties['Targets'][0].DeadLetterConfig).toBeDefined();
    });

    const sourceOf = (mapping: Record<string, unknown>): string => spelled(mapping['EventSourceArn']);

    it('answers for each message of a batch, a backfill’s beside the live ones, each at its own concurrency', () => {
      const [live, backfill] = stacks
        .resources('AWS::Lambda::EventSourceMapping')
        .map(([, { Properties }]) => Properties)
        .sort(
          (one, other) => Number(sourceOf(one).includes('Backfill')) - Number(sourceOf(other).includes('Backfill')),
        );
      expect(sourceOf(live ?? {})).toMatch(/^<AdmitQueue/);
      expect(live).toMatchObject({
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: environment.admitConcurrency },
      });
      expect(sourceOf(backfill ?? {})).toMatch(/^<AdmitBackfill/);
      expect(backfill).toMatchObject({
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: environment.backfillAdmitConcurrency },
      });
    });
  });

  describe('the backfill', () => {
    const [, machine] =
      stacks.resources('AWS::StepFunctions::StateMachine').find(([id]) => id.startsWith('Backfill')) ?? [];
    const { States: states } = JSON.parse(spelled(machine?.Properties['DefinitionString'])) as {
      // biome-ignore lint/suspicious/noExplicitAny: a state machine is whatever Step Functions takes
      States: Record<string, any>;
    };

    it('lists a prefix, or reads the manifest of an inventory, as the input says', () => {
      expect(states['Source']).toMatchObject({
        Choices: [{ Variable: '$.inventory', IsPresent: true, Next: 'FeedInventory' }],
        Default: 'FeedPrefix',
      });
      expect(states['FeedPrefix'].ItemReader).toMatchObject({
        Resource: expect.stringMatching(/s3:listObjectsV2$/),
        Parameters: { Bucket: expect.stringContaining('Originals'), 'Prefix.$': '$.prefix' },
      });
      expect(states['FeedInventory'].ItemReader).toMatchObject({
        Resource: expect.stringMatching(/s3:getObject$/),
        ReaderConfig: { InputType: 'MANIFEST' },
        Parameters: { Bucket: expect.stringContaining('Derived'), 'Key.$': '$.inventory.key' },
      });
    });

    it.each(['FeedPrefix', 'FeedInventory'])('%s hands on a hundred objects a batch, few batches at once', (map) => {
      expect(states[map]).toMatchObject({
        Type: 'Map',
        ItemBatcher: { MaxItemsPerBatch: 100 },
        MaxConcurrency: 2,
        // What cannot be fed stops nothing and is written down.
        ToleratedFailurePercentage: 100,
        ResultWriter: {
          Resource: expect.stringMatching(/s3:putObject$/),
          Parameters: { Bucket: expect.stringContaining('Derived'), Prefix: 'backfill' },
        },
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
      });
    });

    it.each(['Prefix', 'Inventory'])('of a %s looks again for days where the queue is deep', (source) => {
      const { Retry: retries } = states[`Feed${source}`].ItemProcessor.States[`Announce${source}`];
      expect(retries[0]).toMatchObject({
        ErrorEquals: ['BackfillQueueDeepError'],
        IntervalSeconds: environment.backfillLookSeconds,
        BackoffRate: 1,
        MaxAttempts: 5000,
        JitterStrategy: 'FULL',
      });
    });

    it('tells the function how deep the queue may be', () => {
      const feed = functions.find(([id]) => id.startsWith('BackfillFeed'))?.[1].Properties ?? {};
      expect(feed['Environment'].Variables).toMatchObject({
        BACKFILL_QUEUE_DEPTH: String(environment.backfillQueueDepth),
      });
    });
  });

  it('sweeps what is suspected and tells of ended embargoes every minute, sweeps the whole index every half-hour, reconciles as often, counts the archive every two minutes, and every five counts what is stuck, clears returns and moves embeddings', () => {
    const schedules = stacks.resources('AWS::Scheduler::Schedule').map(([, { Properties }]) => Properties);
    expect(
      schedules.map(({ ScheduleExpression, Target }) => [ScheduleExpression, Target.Input].join(' ')).sort(),
    ).toEqual([
      'rate(1 minute) {"scope":"suspects"}',
      'rate(1 minute) {}',
      'rate(2 minutes) {}',
      'rate(30 minutes) {"scope":"whole index"}',
      'rate(30 minutes) {}',
      'rate(5 minutes) {"action":"clear-returns"}',
      'rate(5 minutes) {}',
      'rate(5 minutes) {}',
    ]);
  });
}

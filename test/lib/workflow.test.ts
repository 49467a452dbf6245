import validate from 'asl-validator';
import type { RetryProps } from 'aws-cdk-lib/aws-stepfunctions';
import jsonata from 'jsonata';
import { describe, expect, it } from 'vitest';
import {
  lambdaServiceErrorNames,
  planDoubtErrorNames,
  retryableErrorNames,
  workerCrashErrorNames,
} from '../../lambdas/contracts/errors.ts';
import {
  assembleShotsInputSchema,
  chunkInputSchema,
  describeInputSchema,
  enrichInputSchema,
  indexInputSchema,
  inferChunkInputSchema,
  planShotsInputSchema,
  recordOutcomeInputSchema,
  stitchShotsInputSchema,
} from '../../lambdas/contracts/workflow.ts';
import {
  lambdaServiceRetry,
  passingFaultRetry,
  recorderRetry,
  workerCrashRetry,
} from '../../lib/pipeline/workflow/retries.ts';
import { spelled, synthesised } from './support/synthesis.ts';

interface State {
  Type: 'Task' | 'Choice' | 'Map' | 'Pass' | 'Succeed' | 'Fail';
  Next?: string;
  Default?: string;
  Choices?: { Next: string; Condition: string; Output?: string }[];
  Retry?: { ErrorEquals: string[]; JitterStrategy?: string }[];
  Catch?: { ErrorEquals: string[]; Next: string; Output: string }[];
  TimeoutSeconds?: number;
  Output?: string;
  Arguments?: { Payload: string };
  Resource?: string;
  Items?: string;
  ItemSelector?: string;
  MaxConcurrency?: number;
  ItemProcessor?: { StartAt: string; States: Record<string, State> };
}
interface Definition {
  StartAt: string;
  QueryLanguage: string;
  TimeoutSeconds: number;
  States: Record<string, State>;
}

const stacks = synthesised('dev');
const [[, machine] = []] = stacks.resources('AWS::StepFunctions::StateMachine');
const definition: Definition = JSON.parse(
  spelled(machine?.Properties['DefinitionString'])
    .replaceAll('<AWS::Partition>', 'aws')
    .replace(/<(\w+)\.Arn>/g, 'arn:aws:lambda:eu-central-1:123456789012:function:$1'),
);
const tasks = Object.entries(definition.States).filter(([, state]) => state.Type === 'Task');
const ends = Object.entries(definition.States).filter(([, { Type }]) => Type === 'Succeed' || Type === 'Fail');

const followers = (state: State): string[] =>
  [
    state.Next,
    state.Default,
    ...(state.Choices ?? []).map(({ Next }) => Next),
    ...(state.Catch ?? []).map(({ Next }) => Next),
  ].filter((next) => next !== undefined);

describe('the workflow', () => {
  it('is a state machine that the Amazon States Language knows', () => {
    const { isValid, errorsText } = validate(definition);
    expect(isValid ? '' : errorsText('\n')).toBe('');
  });

  it('speaks JSONata and ends by itself', () => {
    expect(definition.QueryLanguage).toBe('JSONata');
    expect(definition.TimeoutSeconds).toBe(stacks.deployment.environment.workflowTimeoutHours * 3600);
  });

  it.each(tasks)('gives %s a timeout, retries and a way out of every error', (_, state) => {
    expect(state.TimeoutSeconds).toBeGreaterThan(0);
    expect(state.Retry?.length).toBeGreaterThan(0);
    for (const retry of state.Retry ?? []) expect(retry.JitterStrategy).toBe('FULL');
    expect(state.Catch?.at(-1)?.ErrorEquals).toEqual(['States.ALL']);
  });

  it('ends indexed, refused, failed or withdrawn', () => {
    expect(ends.map(([name]) => name).sort()).toEqual(['Failed', 'Indexed', 'Refused', 'Withdrawn']);
  });

  it('reaches every state, and from every state an end', () => {
    const reached = new Set<string>();
    const visit = (name: string) => {
      if (reached.has(name)) return;
      reached.add(name);
      const state = definition.States[name];
      expect(state, `${name} does not exist`).toBeDefined();
      if (state) followers(state).forEach(visit);
    };
    visit(definition.StartAt);
    expect([...reached].sort()).toEqual(Object.keys(definition.States).sort());

    const settled = new Set(ends.map(([name]) => name));
    for (let grown = -1; grown !== settled.size; ) {
      grown = settled.size;
      for (const [name, state] of Object.entries(definition.States))
        if (followers(state).some((next) => settled.has(next))) settled.add(name);
    }
    expect(settled.size).toBe(Object.keys(definition.States).length);
  });

  it.each(['PlanShots', 'Describe', 'Enrich', 'Index'])(
    'retries in %s what passes, refuses what never will, and records the rest',
    (name) => {
      const { Retry = [], Catch = [] } = definition.States[name] ?? {};
      expect(Retry.flatMap(({ ErrorEquals }) => ErrorEquals)).toEqual([
        ...lambdaServiceErrorNames,
        ...retryableErrorNames,
        ...workerCrashErrorNames,
      ]);
      expect(Catch.map(({ ErrorEquals, Next }) => [...ErrorEquals, Next])).toEqual([
        ['RefusedError', 'RecordRefusal'],
        ['FencedError', 'Withdrawn'],
        ['States.ALL', 'RecordFailure'],
      ]);
    },
  );

  describe('for each chunk of a video', () => {
    const map = definition.States['Chunks'];
    const { StartAt, States = {} } = map?.ItemProcessor ?? {};
    const retried = (name: string) => (States[name]?.Retry ?? []).flatMap(({ ErrorEquals }) => ErrorEquals);

    it('decodes and then infers, so many chunks at once', () => {
      expect(map?.MaxConcurrency).toBe(stacks.deployment.environment.shots.chunksAtOnce);
      expect(StartAt).toBe('DecodeChunk');
      expect(States['DecodeChunk']?.Next).toBe('InferChunk');
      expect(States['InferChunk']?.Resource).toMatch(/lambda:invoke\.waitForTaskToken$/);
    });

    it('retries what passes, and an answer that never came', () => {
      const passing = [...lambdaServiceErrorNames, ...retryableErrorNames, ...workerCrashErrorNames];
      expect(retried('DecodeChunk')).toEqual(passing);
      expect(retried('InferChunk')).toEqual([...passing, 'States.Timeout']);
    });

    it('stitches all answers, and only then extracts keyframes, so many chunks at once', () => {
      expect(map?.Next).toBe('StitchShots');
      expect(definition.States['StitchShots']?.Next).toBe('Keyframes');
      const keyframes = definition.States['Keyframes'];
      expect(keyframes?.MaxConcurrency).toBe(stacks.deployment.environment.shots.chunksAtOnce);
      expect(keyframes?.ItemProcessor?.StartAt).toBe('ExtractKeyframes');
      expect(keyframes?.Next).toBe('AssembleShots');
    });

    it('waits for an answer a little longer than the endpoint may take', () => {
      const { inferenceSeconds } = stacks.deployment.environment.shots;
      expect(States['InferChunk']?.TimeoutSeconds).toBe(inferenceSeconds + 30);
      expect(States['DecodeChunk']?.TimeoutSeconds).toBeGreaterThan(0);
    });

    it.each(['Chunks', 'StitchShots', 'Keyframes', 'AssembleShots'])(
      'goes from %s back to a more careful plan once, else ends as every step does',
      (name) => {
        expect(definition.States[name]?.Catch?.map(({ ErrorEquals, Next }) => [...ErrorEquals, Next])).toEqual([
          [...planDoubtErrorNames, 'Doubted'],
          ['RefusedError', 'RecordRefusal'],
          ['FencedError', 'Withdrawn'],
          ['States.ALL', 'RecordFailure'],
        ]);
      },
    );
  });

  it.each(['RecordRefusal', 'RecordFailure', 'RecordWithdrawal'])(
    'fails where %s cannot write the outcome down',
    (name) => {
      expect(definition.States[name]?.Catch?.map(({ Next }) => Next)).toEqual(['Failed']);
    },
  );

  it('writes its log encrypted and is traced', () => {
    expect(machine?.Properties['LoggingConfiguration']).toMatchObject({ Level: 'ALL', IncludeExecutionData: true });
    expect(machine?.Properties['TracingConfiguration']).toEqual({ Enabled: true });
  });
});

describe('what the workflow carries', () => {
  const evaluate = (expression: string, states: object) =>
    jsonata(expression.replace(/^\{%|%\}$/g, '')).evaluate({}, { states });
  const state = (name: string): State => definition.States[name] ?? { Type: 'Fail' };
  const asset = {
    assetId: 'a'.repeat(64),
    attempt: 1,
    kind: 'video',
    desk: 'city',
    original: { bucket: 'originals', key: 'incoming/city/a.mp4', versionId: '1' },
  };
  const outputOf = (name: string, input: object, Payload: object) =>
    evaluate(state(name).Output ?? '', { input, result: { Payload } });

  it('sends a video through shots and everything else straight to describe', async () => {
    const [choice] = state('Kind').Choices ?? [];
    expect(await evaluate(choice?.Condition ?? '', { input: asset })).toBe(true);
    expect(choice?.Next).toBe('PlanShots');
    expect(await evaluate(choice?.Condition ?? '', { input: { ...asset, kind: 'story' } })).toBe(false);
    expect(state('Kind').Default).toBe('Describe');
  });

  it('gives every step what its contract asks for', async () => {
    const planned = await outputOf('PlanShots', asset, { run: '0123abcd', chunkCount: 3 });
    const map = state('Chunks');
    expect(await evaluate(map.Items ?? '', { input: planned })).toEqual([0, 1, 2]);
    const context = { Map: { Item: { Value: 1 } }, Task: { Token: 'token' } };
    const chunk = await evaluate(map.ItemSelector ?? '', { input: planned, context });
    expect(chunkInputSchema.parse(chunk)).toEqual({ ...asset, run: '0123abcd', chunk: 1, isCareful: false });
    const { Payload = '' } = map.ItemProcessor?.States['InferChunk']?.Arguments ?? {};
    expect(inferChunkInputSchema.parse(await evaluate(Payload, { input: chunk, context }))).toMatchObject({
      chunk: 1,
      taskToken: 'token',
    });
    const inferred = await evaluate(map.Output ?? '', { input: planned, result: [0, 1, 2] });
    const stitched = await outputOf('StitchShots', inferred, { shotCount: 3 });
    expect(stitchShotsInputSchema.parse(inferred)).toEqual({ ...asset, run: '0123abcd' });
    const pictures = state('Keyframes');
    expect(await evaluate(pictures.Items ?? '', { input: stitched })).toEqual([0, 1, 2]);
    const pictured = await evaluate(pictures.ItemSelector ?? '', { input: stitched, context });
    expect(chunkInputSchema.parse(pictured)).toEqual({ ...asset, run: '0123abcd', chunk: 1, isCareful: false });
    const illustrated = await evaluate(pictures.Output ?? '', { input: stitched, result: [0, 1, 2] });
    expect(assembleShotsInputSchema.parse(illustrated)).toEqual({ ...asset, run: '0123abcd' });
    const shots = await outputOf('AssembleShots', illustrated, { shotsKey: 's.json', shotCount: 3, frameCount: 90 });
    expect(describeInputSchema.parse(shots)).toEqual({ ...asset, shotsKey: 's.json' });
    const described = await outputOf('Describe', shots, {
      decision: 'index',
      descriptionsKey: 'd.json',
      documentCount: 3,
    });
    expect(enrichInputSchema.parse(described)).toEqual({ ...asset, descriptionsKey: 'd.json' });
    const enriched = await outputOf('Enrich', described, { documentsKey: 'x.json', documentCount: 3 });
    expect(indexInputSchema.parse(enriched)).toEqual({ ...asset, documentsKey: 'x.json' });
  });

  it('goes straight on where an earlier run has left the shots', async () => {
    const planned = await outputOf('PlanShots', asset, { run: '0123abcd', chunkCount: 0, shotsKey: 's.json' });
    const [choice] = state('Planned').Choices ?? [];
    expect(await evaluate(choice?.Condition ?? '', { input: planned })).toBe(false);
    expect(state('Planned').Default).toBe('Describe');
    expect(describeInputSchema.parse(planned)).toEqual({ ...asset, shotsKey: 's.json' });
  });

  it('plans again with more care where a chunk is not as planned, and gives up the second time', async () => {
    const caught = state('Chunks').Catch?.[0];
    const planned = await outputOf('PlanShots', asset, { run: '0123abcd', chunkCount: 3 });
    const errorOutput = { Error: 'FrameMismatchError', Cause: '{}' };
    const doubted = await evaluate(caught?.Output ?? '', { input: planned, errorOutput });
    const [again] = state('Doubted').Choices ?? [];
    expect(await evaluate(again?.Condition ?? '', { input: doubted })).toBe(true);
    expect(again?.Next).toBe('PlanAgain');
    const careful = await evaluate(state('PlanAgain').Output ?? '', { input: doubted });
    expect(state('PlanAgain').Next).toBe('PlanShots');
    expect(planShotsInputSchema.parse(careful)).toEqual({ ...asset, isCareful: true });
    expect(await evaluate(again?.Condition ?? '', { input: careful })).toBe(false);
    expect(state('Doubted').Default).toBe('RecordFailure');
  });

  it('makes a list of chunks even of a single one', async () => {
    expect(await evaluate(state('Chunks').Items ?? '', { input: { chunkCount: 1 } })).toEqual([0]);
  });

  it('withdraws what says that it must not be found, with its reason', async () => {
    const described = await outputOf('Describe', asset, { decision: 'withdraw', reason: 'Killed.', documentCount: 0 });
    const [choice] = state('Decision').Choices ?? [];
    expect(await evaluate(choice?.Condition ?? '', { input: described })).toBe(true);
    expect(choice?.Next).toBe('RecordWithdrawal');
    const payload = await evaluate(state('RecordWithdrawal').Arguments?.Payload ?? '', { input: described });
    expect(recordOutcomeInputSchema.parse(payload)).toMatchObject({
      outcome: 'withdrawn',
      step: 'describe',
      reason: 'Killed.',
    });
  });

  it.each([
    ['RefusedError', 'refused'],
    ['TypeError', 'failed'],
  ])('hands %s to the recorder as %s, with the step and the cause', async (error, outcome) => {
    const caught = state('Enrich').Catch?.find(
      ({ ErrorEquals }) => ErrorEquals.includes(error) || ErrorEquals.includes('States.ALL'),
    );
    const output = await evaluate(caught?.Output ?? '', { input: asset, errorOutput: { Error: error, Cause: '{}' } });
    const payload = await evaluate(state(caught?.Next ?? '').Arguments?.Payload ?? '', { input: output });
    expect(recordOutcomeInputSchema.parse(payload)).toEqual({ ...asset, outcome, step: 'enrich', error, cause: '{}' });
  });

  it('can record an error that has no cause', async () => {
    const caught = state('Index').Catch?.at(-1);
    const output = await evaluate(caught?.Output ?? '', { input: asset, errorOutput: { Error: 'States.Timeout' } });
    expect(output).toEqual({ ...asset, step: 'index', error: 'States.Timeout' });
  });
});

describe('the retries', () => {
  const longestWaitSeconds = (
    retry: Pick<Required<RetryProps>, 'maxAttempts' | 'interval' | 'backoffRate' | 'maxDelay'>,
  ) => {
    let wait = 0;
    for (let attempt = 0; attempt < retry.maxAttempts; attempt += 1)
      wait += Math.min(retry.interval.toSeconds() * retry.backoffRate ** attempt, retry.maxDelay.toSeconds());
    return wait;
  };

  it('wait as long as their comments say', () => {
    expect(longestWaitSeconds(lambdaServiceRetry)).toBe(61);
    expect(longestWaitSeconds(passingFaultRetry)).toBe(515);
    expect(longestWaitSeconds(recorderRetry)).toBe(62);
    expect(longestWaitSeconds(workerCrashRetry)).toBe(20);
  });
});

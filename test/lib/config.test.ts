import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDeployment } from '../../lib/config/deployment.ts';
import { environments } from '../../lib/config/environments.ts';
import { type EnvironmentInput, environmentSchema } from '../../lib/config/schema.ts';
import { deploymentOf, environmentNames } from './support/synthesis.ts';

const refusal = (input: unknown): string => {
  const result = environmentSchema.safeParse(input);
  return result.success
    ? ''
    : result.error.issues.map(({ path: at, message }) => `${at.join('.')}: ${message}`).join('; ');
};
const dev: EnvironmentInput = environments.dev;

describe('the configuration', () => {
  it.each(environmentNames)('of %s fits its schema', (name) => {
    expect(refusal(environments[name])).toBe('');
  });

  it.each(['authentication', 'isAuthenticationOn', 'authorizer', 'publicRoutes'])(
    'refuses a setting that does not exist: there is no %s to turn off',
    (setting) => {
      expect(refusal({ ...dev, [setting]: false })).toContain('Unrecognized key');
      expect(refusal({ ...dev, api: { [setting]: false } })).toContain('Unrecognized key');
    },
  );

  it.each([
    ['a demo editor in AWS', { ...dev, demoEditor: { username: 'a', password: 'long-enough-password' } }, 'demoEditor'],
    ['an emulator in AWS', { ...dev, emulatorEndpoint: 'http://127.0.0.1:4500' }, 'emulatorEndpoint'],
    ['the local account in AWS', { ...dev, account: '000000000000' }, 'account'],
    ['an archive of production that can be deleted', { ...environments.prod, removal: 'destroy' }, 'removal'],
    ['more instances at least than at most', withEmbed({ minInstances: 3, maxInstances: 2 }), 'maxInstances'],
    ['no instance at all', withEmbed({ minInstances: 0 }), 'models.embed.minInstances'],
    [
      'a function beyond what Lambda has',
      { ...dev, functions: { decodeChunk: { memoryMegabytes: 10_241, timeoutSeconds: 900 } } },
      'memoryMegabytes',
    ],
    [
      'a function longer than Lambda lets it run',
      { ...dev, functions: { decodeChunk: { memoryMegabytes: 512, timeoutSeconds: 901 } } },
      'timeoutSeconds',
    ],
    ['a retention that CloudWatch does not offer', { ...dev, logRetentionDays: 8 }, 'logRetentionDays'],
    ['an origin with a path', { ...dev, pageOrigins: ['https://example.com/page'] }, 'pageOrigins'],
  ])('refuses %s', (_, input, where) => {
    expect(refusal(input)).toContain(where);
  });
});

function withEmbed(change: object): unknown {
  return { ...dev, models: { ...dev.models, embed: { ...dev.models.embed, ...change } } };
}

describe('reading a deployment', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'wirescope-config-'));
    for (const part of ['layers/sharp', 'layers/ffmpeg', 'layers/related-words', 'page'])
      mkdirSync(path.join(folder, part), { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('takes dev where no environment is named', () => {
    const context: Record<string, string> = { layers: `${folder}/layers`, webDist: `${folder}/page` };
    expect(readDeployment((name) => context[name]).environment.name).toBe('dev');
  });

  it('takes the account of the credentials only where the environment has none', () => {
    const context: Record<string, string> = { layers: `${folder}/layers`, webDist: `${folder}/page` };
    const at = (env: string) =>
      readDeployment((name) => ({ ...context, env })[name], '123456789012').environment.account;
    expect(at('prod')).toBe('123456789012');
    expect(at('local')).toBe('000000000000');
  });

  it('moves the local page, the emulator and the caption API by switches, and nothing else by them', () => {
    const switches = {
      pageOrigin: 'http://127.0.0.1:4999',
      emulatorEndpoint: 'http://127.0.0.1:4998',
      captionApi: 'http://127.0.0.1:4997/v1',
    };
    expect(deploymentOf('local', folder, switches).environment).toMatchObject({
      pageOrigins: ['http://127.0.0.1:4999'],
      emulatorEndpoint: 'http://127.0.0.1:4998',
      captions: { provider: { kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:4997/v1' } },
    });
    expect(deploymentOf('prod', folder, switches).environment).toEqual(deploymentOf('prod', folder).environment);
  });

  it.each([
    ['an environment that does not exist', 'dev', { env: 'qa' }, /the -c switches/],
    ['a page that was not built', 'dev', { webDist: '/nowhere' }, /run `npm run build:web`/],
    ['a layer that was not built', 'dev', { layers: '/nowhere' }, /run `npm run setup`/],
    ['AWS without its page', 'prod', { webDist: 'none' }, /run `npm run build:web`/],
  ] as const)('refuses %s in one sentence', (_, name, switches, sentence) => {
    expect(() => deploymentOf(name, folder, switches)).toThrow(sentence);
  });

  it('serves with each endpoint a package that is made for it', () => {
    for (const name of environmentNames) {
      const { packages } = deploymentOf(name, folder);
      for (const [endpoint, model] of Object.entries(packages)) expect(model.endpoint).toBe(endpoint);
      expect(packages.embed.dimension).toBeGreaterThan(0);
      expect(packages.shots.postprocessing?.cut.minimumProbability).toBeGreaterThan(0);
    }
  });

  it('keeps stand-ins out of AWS', () => {
    for (const name of ['dev', 'staging', 'prod'] as const)
      for (const model of Object.values(deploymentOf(name, folder).packages)) expect(model.standInFor).toBeUndefined();
  });
});

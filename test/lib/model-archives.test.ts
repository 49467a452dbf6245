import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { archiveFile } from '../../lib/config/model-archives.ts';
import { ModelsStack } from '../../lib/stacks/models.ts';
import { StorageStack } from '../../lib/stacks/storage.ts';
import { deploymentOf, newApp } from './support/synthesis.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wirescope-archives-'));
  for (const part of ['layers/sharp', 'layers/ffmpeg', 'layers/related-words', 'page']) {
    mkdirSync(path.join(folder, part), { recursive: true });
    writeFileSync(path.join(folder, part, 'placeholder'), part);
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const endpoints = ['Shots', 'Embed', 'Entities', 'Rerank'] as const;

/** Gives every endpoint of dev an archive, that of `embed` with these bytes. */
function built(embed: Buffer): void {
  for (const model of Object.values(deploymentOf('dev', folder).packages)) {
    const file = archiveFile(path.join(folder, 'models'), model, 'dev');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, model.endpoint === 'embed' ? embed : `the archive of ${model.name}`);
    // As a build of another day leaves it.
    utimesSync(file, new Date(), new Date(Date.now() + Math.random() * 1e6));
  }
}

function modelsStack(): ModelsStack {
  const deployment = deploymentOf('dev', folder);
  const app = newApp(path.join(folder, 'out'));
  const { environment } = deployment;
  const env = { region: environment.region };
  const storage = new StorageStack(app, 'Storage', { environment, env });
  return new ModelsStack(app, 'Models', { deployment, storage, env });
}

/** What serves each endpoint, as the template names it. */
function served(): Record<string, { model: string; configuration: string; data: string }> {
  const models = modelsStack();
  const resources = Object.entries(Template.fromStack(models).toJSON()['Resources'] as Record<string, Resource>);
  const property = (endpoint: string, type: string) =>
    resources.find(([id, { Type }]) => id.startsWith(endpoint) && Type === `AWS::SageMaker::${type}`)?.[1].Properties;
  return Object.fromEntries(
    endpoints.map((endpoint) => [
      endpoint,
      {
        model: property(endpoint, 'Model')?.['ModelName'],
        configuration: property(endpoint, 'EndpointConfig')?.['EndpointConfigName'],
        data: JSON.stringify(property(endpoint, 'Model')?.['PrimaryContainer'].ModelDataUrl),
      },
    ]),
  );
}
interface Resource {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is whatever CloudFormation takes
  Properties: Record<string, any>;
}

describe('an archive in the template', () => {
  it('replaces model and configuration of its endpoint, and of no other, where one byte of it is another', () => {
    const bytes = Buffer.alloc(100_000, 7);
    built(bytes);
    const before = served();
    bytes[50_000] = 8;
    built(bytes);
    const after = served();
    for (const what of ['model', 'configuration', 'data'] as const)
      expect(after['Embed']?.[what]).not.toBe(before['Embed']?.[what]);
    for (const endpoint of ['Shots', 'Entities', 'Rerank']) expect(after[endpoint]).toEqual(before[endpoint]);
  });

  it('has the same names whenever the same bytes are built again', () => {
    built(Buffer.from('the same'));
    const before = served();
    built(Buffer.from('the same'));
    expect(served()).toEqual(before);
  });

  it('is named by its version, too', () => {
    const [version, next] = ['1.0.0', '1.0.1'].map((number) =>
      archiveFile('models', { name: 'embed-x', version: number, endpoint: 'embed' }, 'prod'),
    );
    expect(next).not.toBe(version);
    expect(archiveFile('models', { name: 'shots-x', version: '1', endpoint: 'shots' }, 'prod')).toMatch(/tensorflow/);
    expect(archiveFile('models', { name: 'shots-x', version: '1', endpoint: 'shots' }, 'local')).not.toMatch(
      /tensorflow/,
    );
  });

  it('that nobody built is asked for under a key that none has, and whoever deploys is told', () => {
    const models = modelsStack();
    expect(JSON.stringify(Template.fromStack(models).toJSON())).toMatch(/models\/embed-minilm\/[\d.]+-unbuilt\//);
    Annotations.fromStack(models).hasWarning('/Models/Embed', Match.stringLikeRegexp('npm run package-models'));
  });

  it('that was built brings no warning', () => {
    built(Buffer.from('there'));
    const models = modelsStack();
    Annotations.fromStack(models).hasNoWarning('*', Match.stringLikeRegexp('package-models'));
  });
});

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { type Deployment, readDeployment, root } from '../../../lib/config/deployment.ts';
import type { EnvironmentName } from '../../../lib/config/schema.ts';
import { buildStacks, type Stacks } from '../../../lib/stacks/build.ts';

export const environmentNames = ['local', 'dev', 'staging', 'prod'] as const satisfies EnvironmentName[];
export type StackWord = keyof Stacks;

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is whatever CloudFormation takes
  readonly Properties: Record<string, any>;
  readonly DependsOn?: string | string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** Empty stand-ins for what set-up builds: the templates depend on the folders' names, not on what lies in them. */
function builtFolders(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'wirescope-synthesis-'));
  for (const part of ['layers/sharp', 'layers/ffmpeg', 'layers/related-words', 'page']) {
    mkdirSync(path.join(folder, part), { recursive: true });
    writeFileSync(path.join(folder, part, 'placeholder'), part);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function deploymentOf(name: EnvironmentName, folder: string, switches: Record<string, string> = {}): Deployment {
  const context: Record<string, string> = {
    env: name,
    layers: path.join(folder, 'layers'),
    webDist: path.join(folder, 'page'),
    modelArchives: path.join(folder, 'models'),
    ...switches,
  };
  return readDeployment((key) => context[key]);
}

/** The app as `cdk synth` makes it, with the context of cdk.json, but without bundling. */
export function newApp(outdir?: string): App {
  const { context } = JSON.parse(readFileSync(path.join(root, 'cdk.json'), 'utf8')) as { context: object };
  return new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] }, ...(outdir ? { outdir } : {}) });
}

/** One environment's templates. A finding of cdk-nag that nobody has acknowledged throws. */
export class Synthesised {
  readonly environment: EnvironmentName;
  readonly deployment: Deployment;
  private readonly templates: Record<StackWord, { Resources: Record<string, Resource>; Outputs?: object }>;

  /** `switches`: as `cdk -c` takes them. */
  constructor(environment: EnvironmentName, switches: Record<string, string> = {}) {
    const built = builtFolders();
    try {
      this.environment = environment;
      this.deployment = deploymentOf(environment, built.folder, switches);
      const app = newApp(path.join(built.folder, 'out'));
      Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
      const stacks = buildStacks(app, this.deployment);
      app.synth();
      this.templates = Object.fromEntries(
        Object.entries(stacks).map(([word, stack]) => [word, Template.fromStack(stack).toJSON()]),
      ) as typeof this.templates;
    } finally {
      built.remove();
    }
  }

  template(stack: StackWord): { Resources: Record<string, Resource>; Outputs?: object } {
    return this.templates[stack];
  }

  /** Logical id and resource of every resource of a type, in one stack or in all. */
  resources(type: string, stack?: StackWord): [string, Resource][] {
    const words = stack ? [stack] : (Object.keys(this.templates) as StackWord[]);
    return words.flatMap((word) =>
      Object.entries(this.templates[word].Resources).filter(([, resource]) => resource.Type === type),
    );
  }

  outputs(stack: StackWord): string[] {
    return Object.keys(this.templates[stack].Outputs ?? {});
  }
}

const made = new Map<EnvironmentName, Synthesised>();

/** One synthesis an environment and test file. */
export function synthesised(environment: EnvironmentName): Synthesised {
  const known = made.get(environment) ?? new Synthesised(environment);
  made.set(environment, known);
  return known;
}

/** An expression of CloudFormation as one readable string: `<LogicalId.Arn>/incoming/*`. */
export function spelled(expression: unknown): string {
  if (typeof expression === 'string') return expression;
  const node = expression as Record<string, unknown>;
  if ('Fn::Join' in node) {
    const [delimiter, parts] = node['Fn::Join'] as [string, unknown[]];
    return parts.map(spelled).join(delimiter);
  }
  if ('Fn::GetAtt' in node) return `<${(node['Fn::GetAtt'] as string[]).join('.')}>`;
  if ('Fn::ImportValue' in node) return `<${spelled(node['Fn::ImportValue'])}>`;
  if ('Ref' in node) return `<${String(node['Ref'])}>`;
  return JSON.stringify(expression);
}

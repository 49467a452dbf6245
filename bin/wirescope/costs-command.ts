import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import type { Command } from 'commander';
import { DeploymentError, readDeployment, root } from '../../lib/config/deployment.ts';
import { costsOfApp, type EnvironmentCosts } from '../../lib/costs/of-app.ts';
import { costsInWords } from '../../lib/costs/words.ts';
import { buildStacks } from '../../lib/stacks/build.ts';
import { type EnvironmentName, OperatorError } from './deployed.ts';

/** `wirescope costs`: what an environment costs by its configuration. Nothing is asked of AWS. */
export function addCostsCommand(
  program: Command,
  { environment, say }: { environment(): EnvironmentName; say(text: string): void },
): void {
  program
    .command('costs')
    .description('the monthly floor of an environment, and what a thousand assets add, by its configuration')
    .option('--json', 'answer as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const costs = await costsOf(environment());
      say(json ? JSON.stringify(costs) : costsInWords(costs));
    });
}

/** @throws OperatorError for the local environment, and where the stacks cannot be synthesised */
async function costsOf(name: EnvironmentName): Promise<EnvironmentCosts> {
  if (name === 'local')
    throw new OperatorError('nobody is billed for the local environment: name another one, as in `-e prod costs`.');
  const outdir = await mkdtemp(path.join(tmpdir(), 'wirescope-costs-'));
  try {
    const { context } = JSON.parse(readFileSync(path.join(root, 'cdk.json'), 'utf8')) as { context: object };
    // No function's code is needed to count what stands there.
    const app = new App({ outdir, context: { ...context, 'aws:cdk:bundling-stacks': [] } });
    const deployment = readDeployment((key) => (key === 'env' ? name : undefined));
    buildStacks(app, deployment);
    return costsOfApp(app, deployment.environment);
  } catch (error) {
    if (error instanceof DeploymentError) throw new OperatorError(error.message);
    throw error;
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}

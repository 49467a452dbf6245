import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { Command } from 'commander';
import { readCollection } from '../../evaluation/collection/beir.ts';
import { openTable } from '../../lambdas/clients/asset-ledger.ts';
import { Versions } from '../../lambdas/embedding/versions.ts';
import { root } from '../../setup/places.ts';
import { type ComparedVersion, compareVersions, comparisonInWords } from './compare-versions.ts';
import { OperatorError, type Outputs, outputNamed } from './deployed.ts';
import { back, type Reembedding, start, statusInWords, statusOf, switchOver } from './reembed.ts';

const newsroom = path.join(root, 'evaluation', 'newsroom');

interface Surroundings {
  outputs(): Promise<Outputs> | Outputs;
  say(text: string): void;
}

function versionsOf(outputs: Outputs): Versions {
  return new Versions({
    deployed: outputNamed(outputs, 'EmbedVersions'),
    table: openTable(outputNamed(outputs, 'LedgerTableName')),
    vectorIndexEndpoint: outputNamed(outputs, 'CollectionEndpointUrl'),
    sageMaker: new SageMakerRuntimeClient({}),
  });
}

/** `wirescope reembed ...`: moving the archive to another version of the embedding model, and back. */
export function addReembedCommands(program: Command, { outputs, say }: Surroundings): void {
  const reembed = program
    .command('reembed')
    .description('move the archive to the embedding model of models.embedNext while it is searched');
  const act = (name: string, description: string, work: (move: Reembedding) => Promise<unknown>): void => {
    reembed
      .command(name)
      .description(description)
      .option('--json', 'answer as JSON')
      .action(async ({ json }: { json?: boolean }) => {
        const { states, deployed } = versionsOf(await outputs());
        await work({ states, deployed });
        const status = await statusOf({ states, deployed });
        say(json ? JSON.stringify(status) : statusInWords(status));
      });
  };
  act('status', 'which version readers are answered from, and how full the other is', async () => {});
  act('start', 'write new uploads to both versions, and fill the next one in the background', start);
  act('switch', 'answer readers from the next version, once it holds everything', switchOver);
  act('back', 'answer readers from the earlier version again', back);
  reembed
    .command('compare')
    .description('both versions side by side: nDCG@10 on a judged collection, the first ten of the archive')
    .option('--collection <folder>', 'in BEIR’s layout', newsroom)
    .option('--queries <file>', 'real queries, one a line; without it the collection’s are taken')
    .option('--json', 'answer as JSON')
    .action(async (options: { collection: string; queries?: string; json?: boolean }) => {
      const versions = versionsOf(await outputs());
      const active = versions.active(await versions.states.read());
      const [current, other] = active.map(
        ({ version, embed, index }): ComparedVersion => ({ label: `${version.name} ${version.version}`, embed, index }),
      );
      if (current === undefined || other === undefined)
        throw new OperatorError('there is nothing to compare with: `wirescope reembed start` comes first.');
      const collection = await readCollection(options.collection);
      const queries =
        options.queries === undefined
          ? collection.queries.map(({ text }) => text)
          : readFileSync(options.queries, 'utf8')
              .split('\n')
              .filter((line) => line.trim() !== '');
      const comparison = await compareVersions([current, other], collection, queries);
      say(options.json ? JSON.stringify(comparison) : comparisonInWords(comparison));
    });
}

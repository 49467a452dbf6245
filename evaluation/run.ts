import { writeFileSync } from 'node:fs';
import { exitOnSignal } from '../setup/exit-on-signal.ts';
import { CollectionError, readCollection } from './collection/beir.ts';
import { evaluate } from './evaluate.ts';
import { accept, gate } from './gate/gate.ts';
import { evaluateNames, namesTable } from './names/evaluate-names.ts';
import { type CollectionOptions, OptionError, type Options, readOptions } from './options.ts';
import { summarise } from './report/summary.ts';
import { tablesOf } from './report/tables.ts';

async function evaluateCollection(options: CollectionOptions): Promise<void> {
  const evaluation = await evaluate(await readCollection(options.folder, options.split), options);
  const summary = summarise(evaluation);
  console.log(tablesOf(summary));
  write(options.out, { ...summary, results: evaluation.results });
}

async function run(options: Options): Promise<boolean> {
  switch (options.task) {
    case 'collection':
      await evaluateCollection(options);
      return true;
    case 'names': {
      const report = await evaluateNames(options);
      console.log(namesTable(report));
      write(options.out, report);
      return true;
    }
    case 'gate':
      return gate(options.processes);
    case 'accept':
      await accept(options.processes);
      return true;
  }
}

function write(file: string | undefined, content: unknown): void {
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}

// What was started ends with this process; what the models said so far is kept.
exitOnSignal();

try {
  process.exitCode = (await run(readOptions(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  if (!(error instanceof OptionError || error instanceof CollectionError)) throw error;
  console.error(`evaluate: ${error.message}`);
  process.exitCode = 2;
}

import { writeFileSync } from 'node:fs';
import { CollectionError, readCollection } from './collection/beir.ts';
import { evaluate } from './evaluate.ts';
import { OptionError, readOptions } from './options.ts';
import { summarise } from './report/summary.ts';
import { tablesOf } from './report/tables.ts';

try {
  const options = readOptions(process.argv.slice(2));
  const evaluation = await evaluate(await readCollection(options.folder, options.split), options);
  const summary = summarise(evaluation);
  console.log(tablesOf(summary));
  if (options.out !== undefined)
    writeFileSync(options.out, `${JSON.stringify({ ...summary, results: evaluation.results }, null, 2)}\n`);
} catch (error) {
  if (!(error instanceof OptionError || error instanceof CollectionError)) throw error;
  console.error(`evaluate: ${error.message}`);
  process.exitCode = 2;
}

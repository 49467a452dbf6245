import path from 'node:path';
import { places, root } from '../places.ts';
import { mustRun, runProgram } from '../program.ts';
import { SetUpError, type SetUpStep } from '../step.ts';

export const openSearch: SetUpStep = {
  name: 'opensearch',
  after: [],
  inputs: ['local/search/pom.xml', 'local/search/install.ts'],
  outputs: [places.openSearch],
  async run(report) {
    const java = await runProgram('java', ['-version']).catch(() => undefined);
    const version = Number(/version "(\d+)/.exec(java?.stderr ?? '')?.[1] ?? 0);
    if (version < 17) throw new SetUpError('Java 17 or later is needed: install a JDK and put java on the PATH.');
    const maven = await runProgram('mvn', ['--version']).catch(() => undefined);
    if (maven?.code !== 0)
      throw new SetUpError('Maven is needed to fetch OpenSearch: install it and put mvn on the PATH.');
    await mustRun(
      'fetching OpenSearch',
      'check the network and try again.',
      process.execPath,
      [path.join(root, 'local/search/install.ts'), '--directory', places.openSearch],
      { onLine: report },
    );
  },
};

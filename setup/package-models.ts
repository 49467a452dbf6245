import path from 'node:path';
import { servedLocally } from './model-archives.ts';
import { places, root } from './places.ts';
import { runProgram } from './program.ts';

/**
 * `npm run package-models [-- OPTION ...]`: what is given goes to the packager (`--only PACKAGE`, `--formats FORMAT`);
 * without anything it makes the archives that this machine serves.
 */
const given = process.argv.slice(2);
const chosen =
  given.length > 0
    ? given
    : [
        '--only',
        servedLocally()
          .map(({ name }) => name)
          .join(','),
      ];
const { code, stderr } = await runProgram(
  places.pythonBinary,
  ['-m', 'wirescope_models', 'package', '--out', places.models, ...chosen],
  { cwd: path.join(root, 'model-packaging'), onLine: (line) => console.log(line) },
);
if (code !== 0) console.error(stderr.trim());
process.exitCode = code;

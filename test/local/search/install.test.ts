import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSearchCommand } from '../../../local/search/opensearch.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'wirescope-install-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('says in one sentence what to install where Java is missing', async () => {
  const command = ['local/search/install.ts', '--directory', folder];
  const answer = await execa(process.execPath, command, { reject: false, env: { PATH: folder }, extendEnv: false });
  expect(answer.exitCode).toBe(1);
  expect(answer.stderr).toMatch(/^OpenSearch needs Java 17 or later: install a JDK and put java on the PATH\.$/);
});

it('starts one node on loopback, on exactly the port it is given, with a bounded heap', () => {
  const { program, args } = openSearchCommand({ directory: folder, dataDirectory: folder, port: 4521 });
  expect(program).toBe('java');
  expect(args).toContain('-Xmx512m');
  expect(args[args.indexOf('-baseHttpPort') + 1]).toBe('4520');
  expect(args.some((argument) => argument.endsWith('SearchNode.java'))).toBe(true);
});

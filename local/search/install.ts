import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';

const pom = path.join(path.dirname(fileURLToPath(import.meta.url)), 'pom.xml');
const minimumJavaVersion = 17;

/** OpenSearch could not be fetched; the message is one sentence that says what to do. */
export class OpenSearchInstallError extends Error {
  override readonly name = 'OpenSearchInstallError';
}

/**
 * Fetches the node's jars and its vector plugin from Maven Central into `directory`, once for each content of pom.xml.
 * @returns whether anything had to be fetched.
 * @throws OpenSearchInstallError where Java or Maven is missing or the download fails.
 */
export async function installOpenSearch({ directory }: { directory: string }): Promise<{ fetched: boolean }> {
  const wanted = await readFile(pom, 'utf8');
  const stamp = path.join(directory, 'installed-pom.xml');
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === wanted) return { fetched: false };
  await checkJava();
  // `maven` holds the plugin's own stamps: left behind, they would keep it from unpacking again.
  for (const part of ['jars', 'knn', 'maven']) await rm(path.join(directory, part), { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await resolve(directory);
  await writeFile(stamp, wanted);
  return { fetched: true };
}

async function checkJava(): Promise<void> {
  const answer = await execa('java', ['-version'], { reject: false });
  const version = Number(/version "(\d+)/.exec(answer.stderr ?? '')?.[1] ?? 0);
  if (version < minimumJavaVersion)
    throw new OpenSearchInstallError(
      `OpenSearch needs Java ${minimumJavaVersion} or later: install a JDK and put java on the PATH.`,
    );
}

async function resolve(directory: string): Promise<void> {
  const target = path.resolve(directory);
  const arguments_ = ['-q', '-B', '-f', pom, 'package', `-Doutput=${target}`];
  const answer = await execa('mvn', arguments_, { reject: false, all: true });
  if (answer.code === 'ENOENT')
    throw new OpenSearchInstallError('Maven is needed to fetch OpenSearch: install it and put mvn on the PATH.');
  if (answer.failed)
    throw new OpenSearchInstallError(
      `Maven could not fetch OpenSearch: check the network and try again (${lastError(answer.all ?? '')}).`,
    );
}

const lastError = (output: string): string =>
  output
    .split('\n')
    .find((line) => line.includes('[ERROR]'))
    ?.replace('[ERROR]', '')
    .trim() ?? 'no reason given';

if (import.meta.main) {
  const { values } = parseArgs({ options: { directory: { type: 'string' } } });
  if (!values.directory) throw new OpenSearchInstallError('Say where to: --directory DIRECTORY.');
  try {
    const { fetched } = await installOpenSearch({ directory: values.directory });
    console.log(fetched ? 'OpenSearch fetched' : 'OpenSearch is there already');
  } catch (error) {
    if (!(error instanceof OpenSearchInstallError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

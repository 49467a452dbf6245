import { type ChildProcess, spawn } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { mediaTools } from '../../lambdas/support/clips.ts';

/** A process that sends a clip as a feed, and can be cut off like a cable. */
export class Feeder {
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;

  /** @param options of ffmpeg, from its inputs to its output. */
  constructor(options: readonly string[]) {
    this.#options = options;
  }

  /** @param more options before the output, as `-output_ts_offset`. */
  start(more: readonly string[] = []): void {
    const [output, ...rest] = this.#options.toReversed();
    this.#process = spawn(
      mediaTools.ffmpegPath,
      ['-nostdin', '-loglevel', 'error', '-y', ...rest.toReversed(), ...more, output as string],
      { stdio: ['ignore', 'ignore', 'inherit'], env: { GCONV_PATH: '/dev/null' } },
    );
  }

  async pull(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
}

/** Reads a clip at its own pace, over and over, without encoding it again. */
export const loopOf = (clip: string): string[] => [
  '-re',
  '-stream_loop',
  '-1',
  '-i',
  clip,
  '-map',
  '0:v',
  '-c',
  'copy',
];

/** Serves a folder on loopback, as an HLS origin does. */
export async function serveFolder(folder: string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const file = join(folder, (request.url ?? '/').replaceAll('..', ''));
    if (!existsSync(file)) response.writeHead(404).end();
    else createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { url: `http://127.0.0.1:${address.port}`, server };
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * ffmpeg and ffprobe see nothing but local files and our pipes: no environment, no network where the kernel lets us take
 * it away, bounded memory, time and output.
 */
export interface MediaTools {
  ffmpegPath: string;
  ffprobePath: string;
}

/** The tool ran longer than it was given: too long a video for one run, or a file made to be slow. */
export class MediaToolTimeoutError extends Error {
  override readonly name = 'MediaToolTimeoutError';
}
/** The tool could not be started or was killed from outside: a fault of the machine, not of the file. */
export class MediaToolFailedError extends Error {
  override readonly name = 'MediaToolFailedError';
}

/** Above what 8K decoding and the preview encoder need, below what a crafted header asks for. */
const maxAllocationBytes = 512 * 1024 * 1024;
const maxAddressSpaceBytes = 4 * 1024 ** 3;
const maxFileBytes = 8 * 1024 ** 3;
const maxOpenFiles = 64;
/** 8192 x 4608: one line above DCI 8K. */
const maxPixels = 8192 * 4608;
const maxComplaintCharacters = 4000;

/**
 * A static ffmpeg must not load the machine's character converters: MPEG-TS names its programmes in ISO 6937, for
 * which glibc would load a shared object into a binary of another glibc and crash. The names are of no use here.
 */
const toolEnvironment = { GCONV_PATH: '/dev/null' };

/** What a shell ends with where there is nothing to run; ffmpeg and ffprobe never end so. */
const notExecutedCodes = [126, 127];

/**
 * Sets limits that the tool inherits and becomes the tool. POSIX shells have `ulimit` built in, so that it is there in
 * Lambda's image too; what is to be run comes as arguments and is never read as a script. Units: KiB, 512 bytes.
 */
const limitScript = [
  `ulimit -v ${maxAddressSpaceBytes / 1024}`,
  `ulimit -f ${maxFileBytes / 512}`,
  `ulimit -c 0`,
  `ulimit -n ${maxOpenFiles}`,
  'exec "$@"',
].join(' && ');
const limited = ['/bin/sh', '-c', limitScript, 'sh'];

let withoutNetwork: readonly string[] | undefined;
/** A network of its own, with nothing in it, where the kernel grants one: Lambda does not; there the whitelist holds. */
function networkPrefix(): readonly string[] {
  const unshare = ['/usr/bin/unshare', '--map-root-user', '--net', '--'];
  const [path = '', ...options] = unshare;
  withoutNetwork ??= spawnSync(path, [...options, '/bin/true'], { stdio: 'ignore' }).status === 0 ? unshare : [];
  return withoutNetwork;
}

/** Demuxers by ffmpeg's names. No playlist, no image sequence, no concat script, no subtitle file is among them. */
const containers = 'mov,mp4,mxf,matroska,webm,mpegts,avi';

/** Options before `-i`: the input is one local file in one of the known containers, whatever it says inside. */
export const inputOptions = ['-protocol_whitelist', 'file', '-format_whitelist', containers] as const;
export const decoderOptions = ['-max_pixels', String(maxPixels)] as const;

/** Larger than 1080p: a worker's memory takes few such pictures, and one decoder of them. */
export const isLargePicture = ({ width, height }: { width: number; height: number }): boolean =>
  width * height > 1920 * 1088;
/**
 * Frames that are decoded at once: of two cores two frames fill 1.56 and four 1.66; on one core a second one costs 3 %
 * (decision 11).
 */
export function decoderThreads(size: { width: number; height: number }): string[] {
  if (availableParallelism() === 1) return ['-threads', '1'];
  return ['-threads', isLargePicture(size) ? '2' : '4'];
}
export const inputFile = (path: string): string => `file:${path}`;

export interface RunningTool {
  process: ChildProcess;
  /** Settles when the tool has ended and its pipes are closed; `complaint` is the end of its stderr. */
  ended: Promise<{ exitCode: number; complaint: string }>;
  kill(): void;
}

/**
 * Starts a tool within its limits.
 * @param pipes how many pipes to read from it: file descriptor 1, then 3, 4 and so on.
 * @param hasNetwork whether its input comes by the network: the machine's own is left to it.
 */
export function startTool(
  path: string,
  options: readonly string[],
  { timeoutSeconds, pipes, hasNetwork = false }: { timeoutSeconds: number; pipes: number; hasNetwork?: boolean },
): RunningTool {
  const toolArguments = ['-hide_banner', '-loglevel', 'error', '-max_alloc', String(maxAllocationBytes), ...options];
  const [command = path, ...allArguments] = [
    ...(hasNetwork ? [] : networkPrefix()),
    ...limited,
    path,
    ...toolArguments,
  ];
  const child = spawn(command, allArguments, {
    shell: false,
    env: toolEnvironment,
    stdio: ['ignore', 'pipe', 'pipe', ...Array.from({ length: pipes - 1 }, () => 'pipe' as const)],
  });
  const kill = () => {
    child.kill('SIGKILL');
  };
  let isTimedOut = false;
  const timer = setTimeout(() => {
    isTimedOut = true;
    kill();
  }, timeoutSeconds * 1000);
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-maxComplaintCharacters);
  });
  const ended = new Promise<{ exitCode: number; complaint: string }>((resolve, reject) => {
    child.once('error', (error) => reject(new MediaToolFailedError(`${path} could not be started`, { cause: error })));
    child.once('close', (exitCode, signal) => {
      if (isTimedOut) reject(new MediaToolTimeoutError(`the video took more than ${timeoutSeconds} seconds to read`));
      else if (notExecutedCodes.includes(exitCode ?? 0))
        reject(new MediaToolFailedError(`${path} could not be started: ${complaint}`));
      else if (exitCode === null) reject(new MediaToolFailedError(`${path} was ended by ${signal}: ${complaint}`));
      else resolve({ exitCode, complaint });
    });
  }).finally(() => clearTimeout(timer));
  // Whoever reads the pipes awaits this later; until then a failure must not count as unhandled.
  ended.catch(() => {});
  return { process: child, ended, kill };
}

/** The last line of what a tool said, as a clause for people: no paths, no addresses in memory. */
export function lastComplaint(complaint: string): string {
  const lines = complaint.split('\n').map((line) => line.replace(/^(\[[^\]]*\]\s*)+/, '').trim());
  const said = lines.filter((line) => line !== '').at(-1) ?? 'no reason given';
  return said.replace(/(file:)?\/\S+?(?=:\s|$)/g, 'the file').slice(0, 200);
}

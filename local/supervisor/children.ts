import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Something kept the system from starting; the message is one sentence that says what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export interface ChildPlan {
  name: string;
  program: string;
  args: readonly string[];
  env: Record<string, string | undefined>;
  cwd: string;
  /** Answers 200 (or anything below 500) once the child is ready. */
  readyUrl: string;
  readySeconds: number;
}

const stopGraceMilliseconds = 15_000;
const isAlive = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

/** The processes of one instance: each leads its own process group, so that stopping it stops all that it started. */
export class Children {
  private readonly children = new Map<string, ChildProcess>();
  private readonly logDirectory: string;
  private readonly leaving = new Set<ChildProcess>();
  private readonly onUnexpectedExit: (name: string, logFile: string) => void;

  constructor(logDirectory: string, onUnexpectedExit: (name: string, logFile: string) => void) {
    this.logDirectory = logDirectory;
    this.onUnexpectedExit = onUnexpectedExit;
    mkdirSync(logDirectory, { recursive: true });
  }

  logFile(name: string): string {
    return path.join(this.logDirectory, `${name}.log`);
  }

  /** Starts a child and waits until it answers. @throws StartError naming its log when it ends or stays silent. */
  async start(plan: ChildPlan): Promise<void> {
    const log = createWriteStream(this.logFile(plan.name), { flags: 'w' });
    const child = spawn(plan.program, plan.args, {
      cwd: plan.cwd,
      env: plan.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    this.children.set(plan.name, child);
    let failure: NodeJS.ErrnoException | undefined;
    child.on('error', (error: NodeJS.ErrnoException) => {
      failure = error;
    });
    let isReady = false;
    child.on('exit', () => {
      if (isReady && !this.leaving.has(child)) this.onUnexpectedExit(plan.name, this.logFile(plan.name));
    });
    const deadline = Date.now() + plan.readySeconds * 1000;
    while (Date.now() < deadline) {
      if (failure?.code === 'ENOENT')
        throw new StartError(
          `${plan.name} needs the program "${plan.program}": install it, put it on the PATH, and try again.`,
        );
      if (failure)
        throw new StartError(`${plan.name} could not be started (${failure.message}): run \`npm run setup\` again.`);
      if (!isAlive(child))
        throw new StartError(`${plan.name} ended while starting: its log ${this.logFile(plan.name)} says why.`);
      const answer = await fetch(plan.readyUrl, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer && answer.status < 500) {
        isReady = true;
        return;
      }
      await delay(150);
    }
    throw new StartError(
      `${plan.name} did not answer within ${plan.readySeconds} s: its log ${this.logFile(plan.name)} says why.`,
    );
  }

  /** Process ids of the group leaders. */
  processIds(): Record<string, number> {
    return Object.fromEntries([...this.children].flatMap(([name, child]) => (child.pid ? [[name, child.pid]] : [])));
  }

  /** Ends a child as `stop` does and starts it again. @throws StartError as `start` does. */
  async restart(plan: ChildPlan): Promise<void> {
    const child = this.children.get(plan.name);
    if (child !== undefined) await this.end(child);
    await this.start(plan);
  }

  /** Asks every child to end, in the reverse order of their start, and kills the groups that do not. */
  async stop(): Promise<void> {
    await Promise.all([...this.children.values()].reverse().map((child) => this.end(child)));
  }

  /** Ends every group at once, for a process that has no time left to wait. */
  kill(): void {
    for (const child of this.children.values()) {
      this.leaving.add(child);
      killGroup(child);
    }
  }

  private async end(child: ChildProcess): Promise<void> {
    this.leaving.add(child);
    if (!child.pid) return;
    if (isAlive(child)) {
      child.kill('SIGTERM');
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await Promise.race([ended, delay(stopGraceMilliseconds, undefined, { ref: false })]);
    }
    killGroup(child);
  }
}

/** What the child started may have outlived it. */
function killGroup({ pid }: ChildProcess): void {
  if (!pid) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** @throws StartError naming the ports that something else listens on. */
export async function requireFreePorts(ports: Record<string, number>, advice: string): Promise<void> {
  const busy: string[] = [];
  for (const [name, port] of Object.entries(ports)) {
    const isFree = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (!isFree) busy.push(`${port} (${name})`);
  }
  if (busy.length > 0)
    throw new StartError(`port ${busy.join(', ')} on 127.0.0.1 is in use: stop what listens there or ${advice}.`);
}

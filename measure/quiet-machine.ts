import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * Names a command that runs another one as soon as nothing else is going on, as `flock FILE` does where all heavy work
 * holds the file. Not set on a machine that is quiet anyway.
 */
const commandVariable = 'WIRESCOPE_QUIET_COMMAND';

/** Keeps a shared machine quiet while something is timed, in stretches of minutes, and lets others work in between. */
export class QuietMachine {
  /** Empty where nothing has to be waited for. */
  readonly #command: string;
  #busyUntil = 0;

  constructor(command = process.env[commandVariable] ?? '') {
    this.#command = command;
  }

  /** Runs `timed` while the machine is quiet. Between two stretches lies as much time as the first one took. */
  async during<Result>(timed: () => Promise<Result>): Promise<Result> {
    if (this.#command === '') return timed();
    await wait(Math.max(0, this.#busyUntil - performance.now()));
    const holder = spawn('sh', ['-c', `exec ${this.#command} sh -c 'echo quiet; cat'`], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(holder, 'exit');
    const held = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)]);
    if (!held) throw new Error(`${commandVariable} (${this.#command}) ended before the machine was quiet`);
    const started = performance.now();
    try {
      return await timed();
    } finally {
      holder.stdin.end();
      await ended;
      this.#busyUntil = 2 * performance.now() - started;
    }
  }
}

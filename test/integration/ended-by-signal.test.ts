import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { root } from '../../setup/places.ts';

/** The local endpoint that is measured. */
const ports = { emulator: 6200, models: 6210, torchServe: 6211 };
const startMilliseconds = 50_000;
const secondSignalMilliseconds = 1;
const endMilliseconds = 10_000;

const commands = {
  'a measure': ['measure/run.ts', 'sizing', 'embed'],
  sizing: ['sizing/run.ts', '--endpoint', 'embed', '--p95', '50ms', '--rate', '60'],
};

describe('a command that measures an endpoint of its own', () => {
  it.each(Object.entries(commands))('leaves nothing running when %s is told to end', async (_, command) => {
    const measuring = spawn(process.execPath, command, { cwd: root, detached: true, stdio: 'ignore' });
    const ended = once(measuring, 'exit');
    const group = measuring.pid as number;
    let started: number[] = [];
    try {
      await expect.poll(isServing, { timeout: startMilliseconds, interval: 200 }).toBe(true);
      started = startedBy(group);
      expect(started.length).toBeGreaterThanOrEqual(4);
      // As `timeout` and npm do: to the whole group, and once more by each parent a moment later.
      process.kill(-group, 'SIGTERM');
      await wait(secondSignalMilliseconds);
      if (measuring.exitCode === null) process.kill(group, 'SIGTERM');
      const [code] = await ended;
      await expect.poll(() => started.filter(isAlive), { timeout: endMilliseconds }).toEqual([]);
      for (const port of Object.values(ports)) expect(await isFree(port)).toBe(true);
      expect(code).toBe(143);
    } finally {
      for (const one of [group, ...started].filter(isAlive)) process.kill(one, 'SIGKILL');
    }
  });
});

/** The model's worker answers, so that all processes are there. */
async function isServing(): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${ports.models}/endpoints/embed/invocations`, {
    method: 'POST',
    body: JSON.stringify({ texts: ['harbour'] }),
  }).catch(() => undefined);
  return answer?.ok ?? false;
}

function processes(): { id: number; parent: number; state: string }[] {
  return execFileSync('ps', ['-eo', 'pid=,ppid=,stat='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([id, parent, state = '']) => ({ id: Number(id), parent: Number(parent), state }));
}

/** All below a process. */
function startedBy(ancestor: number, all = processes()): number[] {
  const children = all.filter(({ parent }) => parent === ancestor).map(({ id }) => id);
  return children.flatMap((child) => [child, ...startedBy(child, all)]);
}

/** One that has ended but that nobody has asked about yet is not alive. */
const isAlive = (process: number): boolean =>
  processes().some(({ id, state }) => id === process && !state.startsWith('Z'));

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

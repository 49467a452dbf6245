import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Children, requireFreePorts } from '../../../local/supervisor/children.ts';
import { freePort } from '../../support/free-port.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wirescope-children-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const plan = (script: string, port: number, readySeconds = 10) => ({
  name: 'child',
  program: process.execPath,
  args: ['-e', script],
  env: { PATH: process.env['PATH'] },
  cwd: folder,
  readyUrl: `http://127.0.0.1:${port}/`,
  readySeconds,
});

/** A process that has ended but that nobody has asked about yet is not alive either. */
const isAlive = (processId: number): boolean => {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
};

describe('a child of the supervisor', () => {
  it('is started again on request, which is no unexpected end', async () => {
    const port = await freePort();
    const ended: string[] = [];
    const children = new Children(folder, (name) => ended.push(name));
    const server = plan(
      `require('http').createServer((_, r) => r.end(String(process.pid))).listen(${port}, '127.0.0.1')`,
      port,
    );
    await children.start(server);
    const { child: first = 0 } = children.processIds();
    await children.restart(server);
    const { child: second = 0 } = children.processIds();
    expect([isAlive(first), isAlive(second)]).toEqual([false, true]);
    await children.stop();
    expect(ended).toEqual([]);
  });

  it('is ready when it answers, and is gone with all that it started when it is stopped', async () => {
    const port = await freePort();
    const children = new Children(folder, () => {});
    await children.start(
      plan(
        `const { spawn } = require('child_process');
         const grandchild = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
         require('http').createServer((_, r) => r.end(String(grandchild.pid))).listen(${port}, '127.0.0.1')`,
        port,
      ),
    );
    const grandchild = Number(await (await fetch(`http://127.0.0.1:${port}/`)).text());
    const { child = 0 } = children.processIds();
    expect([isAlive(child), isAlive(grandchild)]).toEqual([true, true]);
    await children.stop();
    await expect.poll(() => [isAlive(child), isAlive(grandchild)]).toEqual([false, false]);
  });

  it('that ends while starting is reported with its log', async () => {
    const children = new Children(folder, () => {});
    await expect(children.start(plan('process.exit(1)', await freePort()))).rejects.toThrow(/child\.log says why/);
    await children.stop();
  });

  it('whose program is missing is reported by a sentence that says so', async () => {
    const children = new Children(folder, () => {});
    await expect(
      children.start({ ...plan('', await freePort()), program: 'no-such-program-anywhere' }),
    ).rejects.toThrow('child needs the program "no-such-program-anywhere": install it');
    await children.stop();
  });

  it('that never answers is given up and stopped', async () => {
    const children = new Children(folder, () => {});
    await expect(children.start(plan('setInterval(() => {}, 1000)', await freePort(), 1))).rejects.toThrow(
      /did not answer within 1 s/,
    );
    await children.stop();
    await expect.poll(() => isAlive(children.processIds()['child'] ?? 0)).toBe(false);
  });
});

describe('a busy port', () => {
  it('is named in one sentence that says what to do', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(requireFreePorts({ page: port }, 'choose another')).rejects.toThrow(
      `port ${port} (page) on 127.0.0.1 is in use: stop what listens there or choose another.`,
    );
    await new Promise((resolve) => server.close(resolve));
    await expect(requireFreePorts({ page: port }, 'choose another')).resolves.toBeUndefined();
  });
});

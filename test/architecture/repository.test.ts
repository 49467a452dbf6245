import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../setup/places.ts';

const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n');

describe('the repository', () => {
  it('holds no file over 2 MiB: weights, media and code of others are installed at set-up', () => {
    const limitBytes = 2 * 1024 ** 2;
    const sizeOf = (file: string): number => statSync(path.join(root, file), { throwIfNoEntry: false })?.size ?? 0;
    expect(tracked.filter((file) => sizeOf(file) > limitBytes)).toEqual([]);
  });

  it('names no package registry in its lock file or configuration', () => {
    const lock = readFileSync(path.join(root, 'package-lock.json'), 'utf8');
    expect(lock).not.toMatch(/"resolved": "http/);
  });

  it('pins every dependency to one version', () => {
    const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
      devDependencies: Record<string, string>;
    };
    const loose = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );
    expect(loose).toEqual([]);
  });
});

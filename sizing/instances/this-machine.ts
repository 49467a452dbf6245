import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { places } from '../../setup/places.ts';
import type { Reference } from './calibrate.ts';

/** Multiplies two fp32 matrices of 1,024 by 1,024 on one thread, for two seconds, and prints the best GFLOP/s. */
const program = `
import numpy, time
a = numpy.random.default_rng(1).random((1024, 1024), numpy.float32)
best, until = 0.0, time.perf_counter() + 2
while time.perf_counter() < until:
    start = time.perf_counter()
    a @ a
    best = max(best, 2 * 1024**3 / (time.perf_counter() - start) / 1e9)
print(best)
`;
const limitMilliseconds = 60_000;

/** This machine's processor with its measured speed: cores here have no figure in any table. */
export function thisMachine(): Reference {
  const printed = execFileSync(places.pythonBinary, ['-c', program], {
    encoding: 'utf8',
    timeout: limitMilliseconds,
    env: { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' },
  });
  return { name: `this machine (${cpus()[0]?.model.trim() ?? 'unknown'})`, coreGigaflops: Number(printed) };
}

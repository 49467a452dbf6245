import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Format, judgeFormats, targets, thisProcessor } from '../../../measure/models/formats.ts';
import type { Variant } from '../../../measure/models/record.ts';
import { canAnswerCpuid, hasVnni } from '../../../measure/processor.ts';

const variant = (p50Milliseconds: number, quality: number, leastCosine?: number): Variant => ({
  ...{ p50Milliseconds, p95Milliseconds: 2 * p50Milliseconds, peakMegabytes: 200, quality },
  ...(leastCosine === undefined ? {} : { leastCosine }),
});
function judged(shippedFormat: Format, variants: [Format, Variant][], keepsVectors = false): boolean[] {
  const measurement = { targets: [], figures: {}, details: {} } as Parameters<typeof judgeFormats>[0];
  const about = { endpoint: 'rerank', shippedFormat, keepsVectors, target: thisProcessor() };
  judgeFormats(measurement, about, new Map(variants));
  return measurement.targets.map(({ holds }) => holds);
}

describe('a format that ships', () => {
  it('keeps the quality of fp32, and no other that keeps it is much faster', () => {
    expect(
      judged('onnx', [
        ['onnx', variant(10, 0.9)],
        ['onnx-int8-dynamic', variant(9, 0.9)],
      ]),
    ).toEqual([true, true]);
    expect(
      judged('onnx', [
        ['onnx', variant(10, 0.9)],
        ['onnx-int8-dynamic', variant(5, 0.9)],
      ]),
    ).toEqual([true, false]);
    const lossy: [Format, Variant][] = [
      ['onnx', variant(10, 0.9)],
      ['onnx-int8-dynamic', variant(5, 0.89)],
    ];
    expect(judged('onnx', lossy)).toEqual([true, true]);
    expect(judged('onnx-int8-dynamic', lossy)).toEqual([false, true]);
  });

  it('is not asked to give way to vectors that would be another version', () => {
    const faster: [Format, Variant][] = [
      ['onnx', variant(10, 0.9, 1)],
      ['onnx-int8-dynamic', variant(2, 0.9, 0.98)],
    ];
    expect(judged('onnx', faster, true)).toEqual([true, true]);
  });
});

describe('a processor with VNNI', () => {
  const isLinux = existsSync('/proc/cpuinfo');
  const canHide = isLinux && hasVnni() && canAnswerCpuid() && spawnSync('cc', ['--version']).status === 0;

  it.runIf(isLinux && !canAnswerCpuid())('that cannot hide it is measured as it is', async () => {
    expect((await targets()).map(({ suffix }) => suffix)).toEqual(['']);
  });

  it.runIf(canHide)('is one of AVX2 to programs that are to believe it', async () => {
    const script = [
      'from numpy._core._multiarray_umath import __cpu_features__ as found',
      'print(found["AVX2"], found["AVX512F"], found["AVX512VNNI"] if "AVX512VNNI" in found else False)',
    ].join('\n');
    const said = await Promise.all(
      (await targets()).map(async ({ pythonOf }) =>
        execFileSync(await pythonOf('onnx'), ['-c', script], { encoding: 'utf8' }).trim(),
      ),
    );
    expect(said[0]).toMatch(/^True True/);
    expect(said[1]).toBe('True False False');
  });
});

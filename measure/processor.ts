import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

const described = (): string => readFileSync('/proc/cpuinfo', 'utf8');
const flags = (): Set<string> => new Set((/^flags\s*: (.*)$/m.exec(described())?.[1] ?? '').split(' '));

/** Whether this processor has instructions for products of 8-bit numbers, as `local/models/processor.py` asks. Linux. */
export const hasVnni = (): boolean => ['avx512_vnni', 'avx_vnni'].some((flag) => flags().has(flag));

/** Whether Linux can let a program's `cpuid` fault here, so that something else answers it: Intel's can, few of AMD's. */
export const canAnswerCpuid = (): boolean => flags().has('cpuid_fault');

/** What this processor has for products, as text. Linux. */
function abilities(): string {
  const found = flags();
  const widest = found.has('avx512f') ? 'AVX-512' : found.has('avx2') ? 'AVX2' : 'no AVX2';
  return `${widest}, ${hasVnni() ? 'VNNI' : 'no VNNI'}`;
}

/** This machine's processor by name, family and what it has for products, or is said to have. Linux. */
export function processorName(shown = abilities()): string {
  const family = /^cpu family\s*: (\d+)$/m.exec(described())?.[1] ?? 'unknown';
  return `${cpus()[0]?.model.trim() ?? 'unknown'} family ${family}, ${shown}`;
}

import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** This machine's processor by name, family and what it has for products of 8-bit numbers. Linux. */
export function processorName(): string {
  const described = readFileSync('/proc/cpuinfo', 'utf8');
  const family = /^cpu family\s*: (\d+)$/m.exec(described)?.[1] ?? 'unknown';
  const flags = new Set((/^flags\s*: (.*)$/m.exec(described)?.[1] ?? '').split(' '));
  const widest = flags.has('avx512f') ? 'AVX-512' : flags.has('avx2') ? 'AVX2' : 'no AVX2';
  const hasVnni = flags.has('avx512_vnni') || flags.has('avx_vnni');
  return `${cpus()[0]?.model.trim() ?? 'unknown'} family ${family}, ${widest}, ${hasVnni ? 'VNNI' : 'no VNNI'}`;
}

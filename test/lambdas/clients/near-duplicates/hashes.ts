/** A hash with these of its bits turned. */
export const withFlipped = (hash: string, positions: readonly number[]): string =>
  positions
    .reduce((bits, position) => bits ^ (1n << BigInt(position)), BigInt(`0x${hash}`))
    .toString(16)
    .padStart(16, '0');

/** A generator of numbers in [0, 1) that always gives the same ones (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Hashes of which a third lie near one of a few, as photos of one event do, and some to ask for near those. */
export function manyHashes(count: number, askedCount: number): { stored: string[]; asked: string[] } {
  const random = seeded(20);
  const digits = () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  const centres = Array.from({ length: askedCount }, () => digits() + digits());
  const near = (hash: string, mostBits: number) =>
    withFlipped(
      hash,
      Array.from({ length: Math.floor(random() * (mostBits + 1)) }, () => Math.floor(random() * 64)),
    );
  const anyCentre = () => centres[Math.floor(random() * centres.length)] as string;
  const stored = Array.from({ length: count }, (_, at) => (at % 3 === 0 ? near(anyCentre(), 9) : digits() + digits()));
  return { stored: [...new Set(stored)], asked: centres.map((centre) => near(centre, 2)) };
}

/** 64 bits as two numbers: fast enough to compare with all. */
const halves = (hash: string): [number, number] => [
  Number.parseInt(hash.slice(0, 8), 16),
  Number.parseInt(hash.slice(8), 16),
];
function ones(value: number): number {
  let count = 0;
  for (let rest = value >>> 0; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

/** What finds every stored hash within so many bits by comparing with each, sorted. */
export function bruteForce(stored: readonly string[]): (asked: string, distance: number) => string[] {
  const parsed = stored.map((hash) => ({ hash, halves: halves(hash) }));
  return (asked, distance) => {
    const [high, low] = halves(asked);
    return parsed
      .filter(({ halves: [otherHigh, otherLow] }) => ones(high ^ otherHigh) + ones(low ^ otherLow) <= distance)
      .map(({ hash }) => hash)
      .sort();
  };
}

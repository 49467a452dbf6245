/**
 * Timestamps of consecutive frames as the first one and then pairs of (step, how often): a constant rate takes three
 * numbers at any length.
 */
export function packTimes(times: ArrayLike<number>): number[] {
  if (times.length === 0) return [];
  const packed = [times[0] as number];
  for (let at = 1; at < times.length; at += 1) {
    const step = (times[at] as number) - (times[at - 1] as number);
    const last = packed.length - 2;
    if (last > 0 && packed[last] === step) packed[last + 1] = (packed[last + 1] as number) + 1;
    else packed.push(step, 1);
  }
  return packed;
}

/** What `packTimes` packed. */
export function unpackTimes(packed: readonly number[]): Float64Array {
  if (packed.length === 0) return new Float64Array();
  let count = 1;
  for (let at = 2; at < packed.length; at += 2) count += packed[at] as number;
  const times = new Float64Array(count);
  times[0] = packed[0] as number;
  let filled = 1;
  for (let at = 1; at < packed.length; at += 2)
    for (let repeat = 0; repeat < (packed[at + 1] as number); repeat += 1, filled += 1)
      times[filled] = (times[filled - 1] as number) + (packed[at] as number);
  return times;
}

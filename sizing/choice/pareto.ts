/**
 * Those that no other beats: none is at least as good in both and better in one.
 * @returns by rising first cost, equals once
 */
export function paretoFront<Item>(
  items: readonly Item[],
  first: (item: Item) => number,
  second: (item: Item) => number,
): Item[] {
  const sorted = items.toSorted((a, b) => first(a) - first(b) || second(a) - second(b));
  const front: Item[] = [];
  for (const item of sorted) {
    const best = front.at(-1);
    if (best === undefined || second(item) < second(best)) front.push(item);
  }
  return front;
}

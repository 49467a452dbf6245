import { Box, Divider, Text } from '@mantine/core';
import { useElementSize, useHotkeys } from '@mantine/hooks';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Hit, SearchResponse } from '../../../lambdas/contracts/search.ts';
import { HitCard, type HitCardProps } from './hit-card.tsx';
import { PictureCard } from './picture-card.tsx';
import { forgetPlace, rememberedPlace, rememberPlace } from './remembered-place.ts';
import { type Line, type ResultRow, resultRows, rowOfPlace, type Weaker } from './result-rows.ts';

/** Rough heights in pixels, until a row has been measured. */
const estimates = { pictures: 290, hit: 320, line: 60 } as const;
const rowsAhead = 4;
/** Narrower than this a picture says little. */
const pictureWidth = 210;
const smallestColumns = 2;
/** Frames to wait for a row to be drawn before it is focused. */
const framesToDraw = 20;

interface ResultListProps extends Pick<HitCardProps, 'query' | 'search' | 'isChosenEntity' | 'onToggleEntity'> {
  hits: readonly Hit[];
  nearMisses: readonly Hit[];
  weaker?: Weaker | undefined;
  weights: SearchResponse['query']['weights'] | undefined;
  onNearEnd: () => void;
}

/** Thousands of hits of which only those near the window are drawn. `j` and `k` go from hit to hit. */
export function ResultList({ hits, nearMisses, weaker, weights, onNearEnd, ...card }: ResultListProps) {
  const { ref: measured, width } = useElementSize();
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const columns = Math.max(smallestColumns, Math.floor(width / pictureWidth));
  const rows = useMemo(() => resultRows(hits, nearMisses, columns, weaker), [hits, nearMisses, columns, weaker]);
  useLayoutEffect(() => {
    const box = list.current?.getBoundingClientRect();
    if (box) setTop(Math.round(box.top + window.scrollY));
  });
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (index) => estimates[rows[index]?.kind ?? 'hit'],
    overscan: rowsAhead,
    scrollMargin: top,
    gap: 14,
    getItemKey: (index) => keyOf(rows[index], index),
  });
  const drawn = virtualizer.getVirtualItems();
  const lastDrawn = drawn.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && lastDrawn >= rows.length - rowsAhead) onNearEnd();
  }, [lastDrawn, rows.length, onNearEnd]);

  const focusPlace = useCallback(
    (place: number): void => {
      const row = rowOfPlace(rows, place);
      if (row < 0) return;
      virtualizer.scrollToIndex(row, { align: 'auto' });
      focusWhenDrawn(list.current, place, framesToDraw);
    },
    [rows, virtualizer],
  );
  const count = hits.length + nearMisses.length;
  const move = (by: number): void => {
    const focused = Number(document.activeElement?.closest<HTMLElement>('[data-place]')?.dataset['place'] ?? -1);
    const place = focused < 0 ? (by > 0 ? 0 : -1) : focused + by;
    if (place >= 0 && place < count) focusPlace(place);
  };
  useHotkeys([
    ['j', () => move(1)],
    ['k', () => move(-1)],
  ]);

  // Whoever comes back from an asset finds the list where they left it.
  const returnedTo = useRef(false);
  useEffect(() => {
    const place = rememberedPlace(card.search);
    if (returnedTo.current || place === undefined || place >= count || width === 0) return;
    returnedTo.current = true;
    forgetPlace();
    focusPlace(place);
  }, [card.search, count, focusPlace, width]);

  return (
    <div
      ref={list}
      onClickCapture={(event) => {
        const place = (event.target as HTMLElement).closest('article')?.querySelector<HTMLElement>('[data-place]');
        if (place) rememberPlace(card.search, Number(place.dataset['place']));
      }}
    >
      <div ref={measured} style={{ height: virtualizer.getTotalSize(), position: 'relative' }}>
        {drawn.map(({ index, key, start }) => (
          <div
            key={key}
            ref={virtualizer.measureElement}
            data-index={index}
            className="result-row"
            style={{ transform: `translateY(${start - top}px)` }}
          >
            <Row row={rows[index]} columns={columns} weights={weights} {...card} />
          </div>
        ))}
      </div>
    </div>
  );
}

const keyOf = (row: ResultRow | undefined, index: number): string =>
  row === undefined || row.kind === 'line'
    ? `line-${row?.line ?? index}`
    : row.kind === 'hit'
      ? row.hit.hit.assetId
      : row.hits.map(({ hit }) => hit.assetId).join();

function focusWhenDrawn(list: HTMLElement | null, place: number, frames: number): void {
  const link = list?.querySelector<HTMLElement>(`[data-place="${place}"]`);
  if (link) {
    link.focus({ preventScroll: true });
    link.closest('article')?.scrollIntoView({ block: 'nearest' });
  } else if (frames > 0) requestAnimationFrame(() => focusWhenDrawn(list, place, frames - 1));
}

function Row({
  row,
  columns,
  weights,
  ...card
}: { row: ResultRow | undefined; columns: number } & Omit<HitCardProps, 'placed'>) {
  if (row === undefined) return null;
  if (row.kind === 'line') return <LineRow line={row.line} />;
  if (row.kind === 'hit') return <HitCard placed={row.hit} weights={weights} {...card} />;
  return (
    <Box className="picture-row" style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
      {row.hits.map((placed) => (
        <PictureCard key={placed.hit.assetId} placed={placed} search={card.search} weights={weights} />
      ))}
    </Box>
  );
}

const lines: Record<Line, { heading: string; meaning: string }> = {
  lessSure: {
    heading: 'Less sure',
    meaning: 'Worth a look beside the results above; none of these would have counted as an answer alone.',
  },
  lessAlike: { heading: 'Less alike', meaning: 'The nearest that is left, but far from it.' },
  nearMisses: { heading: 'Near misses', meaning: 'Too far from the query to count as an answer.' },
};

function LineRow({ line }: { line: Line }) {
  const { heading, meaning } = lines[line];
  return (
    <>
      <Divider
        my="xs"
        label={
          <Text component="h2" fz="sm" fw={600}>
            {heading}
          </Text>
        }
      />
      <Text fz="xs" c="dimmed">
        {meaning}
      </Text>
    </>
  );
}

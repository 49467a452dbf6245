import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

const reachedByKeyboard = { viewportProps: { tabIndex: 0 } };

/** A table that scrolls sideways on a narrow screen, by keyboard too; `minWidth` in pixels. */
export function WideTable({ minWidth, children }: { minWidth: number; children: ReactNode }) {
  return (
    <Table.ScrollContainer minWidth={minWidth} scrollAreaProps={reachedByKeyboard}>
      {children}
    </Table.ScrollContainer>
  );
}

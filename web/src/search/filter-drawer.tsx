import { CloseButton, Drawer, Group } from '@mantine/core';
import type { ReactNode } from 'react';

/** The filters on a phone. Its head is no `header` element: a second one would be a second banner of the page. */
export function FilterDrawer({
  isOpen,
  onClose,
  children,
}: {
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
}) {
  return (
    <Drawer.Root opened={isOpen} onClose={onClose} position="bottom" size="80%">
      <Drawer.Overlay />
      <Drawer.Content>
        <Drawer.Body pt="md">
          <Group justify="space-between" mb="sm">
            <Drawer.Title>Filters</Drawer.Title>
            <CloseButton aria-label="Close the filters" onClick={onClose} />
          </Group>
          {children}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

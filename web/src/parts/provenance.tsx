import { Badge } from '@mantine/core';

/** A caption that no person wrote says so wherever it is shown. */
export function GeneratedBadge({ provenance }: { provenance: string }) {
  if (provenance !== 'generated') return null;
  return (
    <Badge variant="light" color="orange" size="sm">
      generated caption
    </Badge>
  );
}

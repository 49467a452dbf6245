import { Button, Group } from '@mantine/core';

const labels: Record<string, string> = { PER: 'person', ORG: 'organisation', LOC: 'place', MISC: 'name' };

export interface Entity {
  text: string;
  label: string;
  key: string;
  count?: number;
}

export const entityFilter = (entity: Entity): string => `${entity.label}:${entity.key}`;

/** Names that filter when they are pressed. */
export function EntityChips({
  entities,
  chosen,
  onToggle,
  limit = 8,
}: {
  entities: readonly Entity[];
  chosen: readonly string[];
  onToggle: (filter: string) => void;
  limit?: number;
}) {
  if (entities.length === 0) return null;
  return (
    <Group gap={6}>
      {entities.slice(0, limit).map((entity) => {
        const filter = entityFilter(entity);
        const isChosen = chosen.includes(filter);
        return (
          <Button
            key={filter}
            size="compact-xs"
            radius="xl"
            variant={isChosen ? 'filled' : 'default'}
            aria-pressed={isChosen}
            aria-label={`${isChosen ? 'Stop filtering by' : 'Filter by'} ${labels[entity.label] ?? 'name'} ${entity.text}`}
            onClick={() => onToggle(filter)}
          >
            {entity.text}
            {entity.count === undefined ? '' : ` ${entity.count}`}
          </Button>
        );
      })}
    </Group>
  );
}

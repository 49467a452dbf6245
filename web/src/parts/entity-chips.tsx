import { Button, Group } from '@mantine/core';
import { entityFilter } from '../../../lambdas/contracts/entity-key.ts';
import type { EntityLabel } from '../../../lambdas/contracts/models.ts';

const labels: Record<EntityLabel, string> = { PER: 'person', ORG: 'organisation', LOC: 'place', MISC: 'name' };

export interface Entity {
  text: string;
  label: EntityLabel;
  key: string;
  count?: number;
}

/** Names that filter when they are pressed. */
export function EntityChips({
  entities,
  isChosen,
  onToggle,
  limit = 8,
}: {
  entities: readonly Entity[];
  isChosen: (filter: string) => boolean;
  onToggle: (filter: string) => void;
  limit?: number;
}) {
  if (entities.length === 0) return null;
  return (
    <Group gap={6}>
      {entities.slice(0, limit).map((entity) => {
        const filter = entityFilter(entity);
        const isOn = isChosen(filter);
        return (
          <Button
            key={filter}
            className="name-chip"
            size="compact-xs"
            radius="xl"
            variant={isOn ? 'filled' : 'default'}
            aria-pressed={isOn}
            aria-label={`${isOn ? 'Stop filtering by' : 'Filter by'} ${labels[entity.label]} ${entity.text}${entity.count === undefined ? '' : `, in ${entity.count}`}`}
            onClick={() => onToggle(filter)}
          >
            <bdi>{entity.text}</bdi>
            {entity.count === undefined ? '' : <span className="chip-count">{entity.count}</span>}
          </Button>
        );
      })}
    </Group>
  );
}

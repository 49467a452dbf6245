import { entityKey } from '../../contracts/entity-key.ts';

/**
 * A name without what people leave out when they type: `U.S.` and `US`, `Al-Jazeera` and `al jazeera`, `L'Équipe` and
 * `lequipe` are one. Only for comparing; the index knows names by `entityKey`.
 */
export const looseKey = (name: string): string =>
  entityKey(name)
    .replace(/['.]/g, '')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();

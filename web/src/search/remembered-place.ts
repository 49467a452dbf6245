/** The hit that was opened last, for as long as the tab lives. */
const key = 'wirescope-place';

export const rememberPlace = (search: string, place: number): void =>
  sessionStorage.setItem(key, JSON.stringify({ search, place }));

export const forgetPlace = (): void => sessionStorage.removeItem(key);

/** The place of the hit that was opened from this very search. */
export function rememberedPlace(search: string): number | undefined {
  try {
    const held = JSON.parse(sessionStorage.getItem(key) ?? 'null') as { search: string; place: number } | null;
    return held?.search === search ? held.place : undefined;
  } catch {
    return undefined;
  }
}

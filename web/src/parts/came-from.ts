interface CameFrom {
  search: string;
}

/** What a link tells the page that it leads to: the search that it stood in, so that the way back keeps its filters. */
export const cameFrom = (search: string): CameFrom => ({ search });

/** The search that led here; undefined for a page that was opened by its address. */
export const searchBehind = (state: unknown): string | undefined => (state as CameFrom | null)?.search;

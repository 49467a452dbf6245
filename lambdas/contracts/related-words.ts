/**
 * Senses of words and how they hang together, made of WordNet at set-up and read by the search step. Words are stems, as
 * that step's analysis makes them; a stem and a sense are named by their places in these lists.
 */
export interface RelatedWordsTable {
  /** What it was made of, with its version. */
  source: string;
  /** One space between them. */
  stems: string;
  /** By the stem: its senses, the most frequent first. */
  senses: number[][];
  /** By the stem: other stems that are derived from it, or from which it is. */
  derived: number[][];
  /** By the sense: those that it is a kind of. */
  broader: number[][];
  /** Words of places' names, like `iceland`, folded as names are; one space between them. */
  names: string;
  /**
   * Countries, capitals and cities by the place, like `iraq irak`, and adjectives of names, each before what it is of, like
   * `iraqi iraq`; both in the same form. Cities whose name no country or state bears, each name before what else speaks of
   * the city: other names, and what lies there, like `boston beacon_hill`.
   */
  wellKnown: { places: readonly string[]; cities: readonly string[]; adjectives: readonly string[] };
}

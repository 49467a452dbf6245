import type { FunctionName } from '../config/schema.ts';

/** What one asset consumes on its way from arrival to searchable. */
export interface AssetUsage {
  what: string;
  /** As counted through the steps' own entry points: test/integration/ledger-capacity.test.ts holds them. */
  ledgerReadUnits: number;
  ledgerWriteUnits: number;
  /** States that an execution enters on its way. */
  stateTransitions: number;
  /**
   * Each step's time, as the ledger has it: the median of the sample newsroom when all of its 74 files go through two
   * cores at once, so rather more than a function alone is billed for. Admission writes down no time of its own.
   */
  functionSeconds: Partial<Record<FunctionName, number>>;
}

export const usages: readonly AssetUsage[] = [
  {
    what: 'photos',
    ...{ ledgerReadUnits: 159, ledgerWriteUnits: 117, stateTransitions: 6 },
    functionSeconds: { describe: 6.7, enrich: 1, index: 0.9 },
  },
  {
    what: 'stories of 34 passages',
    ...{ ledgerReadUnits: 38, ledgerWriteUnits: 121, stateTransitions: 6 },
    functionSeconds: { describe: 1.3, enrich: 0.8, index: 0.8 },
  },
  {
    what: 'videos of two shots, the shots step’s functions aside',
    ...{ ledgerReadUnits: 153, ledgerWriteUnits: 68, stateTransitions: 15 },
    functionSeconds: { describe: 4.4, enrich: 0.7, index: 0.7 },
  },
];

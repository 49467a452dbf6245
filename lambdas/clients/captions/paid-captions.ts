import { type CaptionResult, captionKeys, captionResultSchema } from '../../contracts/captions.ts';
import { EffectTable } from '../asset-ledger/effect-table.ts';
import type { LedgerTable } from '../asset-ledger/table.ts';

/** What was paid for, or refused, whichever asset asked. */
export class PaidCaptions {
  readonly #effects: EffectTable;

  constructor(table: LedgerTable) {
    this.#effects = new EffectTable(table);
  }

  /** @param key `captionKey`'s. @returns undefined where nothing was answered, or it is being asked at this moment. */
  async recall(key: string): Promise<CaptionResult | undefined> {
    const row = await this.#effects.read(captionKeys.caption(key));
    return row?.state === 'confirmed' ? captionResultSchema.parse(row.result) : undefined;
  }
}

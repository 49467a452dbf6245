import { type CaptionResult, captionKeys, captionResultSchema } from '../../contracts/captions.ts';
import { EffectTable } from '../asset-ledger/effect-table.ts';
import { isHeld } from '../asset-ledger/side-effects.ts';
import type { LedgerTable } from '../asset-ledger/table.ts';

/** How far a caption has come that some document shows or will show. */
export type CaptionState =
  | { state: 'none' }
  /** Somebody is asking for it at this moment. */
  | { state: 'under way' }
  | CaptionResult;

/** What was paid for, or refused, whichever asset asked. */
export class PaidCaptions {
  readonly #effects: EffectTable;

  constructor(table: LedgerTable) {
    this.#effects = new EffectTable(table);
  }

  /** @param key `captionKey`'s. @returns undefined where nothing was answered, or it is being asked at this moment. */
  async recall(key: string): Promise<CaptionResult | undefined> {
    const found = await this.look(key, new Date());
    return found.state === 'answered' || found.state === 'refused' ? found : undefined;
  }

  /** @param key as `recall` takes it. */
  async look(key: string, now: Date): Promise<CaptionState> {
    const row = await this.#effects.read(captionKeys.caption(key));
    if (row?.state === 'confirmed') return captionResultSchema.parse(row.result);
    return { state: row !== undefined && isHeld(row, now) ? 'under way' : 'none' };
  }
}

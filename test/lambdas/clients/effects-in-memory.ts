import { isDeepStrictEqual } from 'node:util';
import type { EffectStore } from '../../../lambdas/clients/asset-ledger/side-effects.ts';
import type { LedgerKey } from '../../../lambdas/clients/asset-ledger/table.ts';
import { type EffectRow, effectRowSchema } from '../../../lambdas/contracts/side-effects.ts';

/** Rows in memory with the promises of the table; the integration test holds the table to the same. */
export class EffectsInMemory implements EffectStore {
  readonly rows = new Map<string, EffectRow>();
  /** Every row ever written, in order. */
  readonly history: EffectRow[] = [];
  /** Called before each request, so that a test can let others run in between. */
  private readonly beforeRequest: () => Promise<void>;

  constructor(beforeRequest: () => Promise<void> = async () => {}) {
    this.beforeRequest = beforeRequest;
  }

  async read({ pk, sk }: LedgerKey): Promise<EffectRow | undefined> {
    await this.beforeRequest();
    return structuredClone(this.rows.get(`${pk}/${sk}`));
  }

  async swap({ pk, sk }: LedgerKey, seen: EffectRow | undefined, next: EffectRow): Promise<boolean> {
    await this.beforeRequest();
    if (!isDeepStrictEqual(this.rows.get(`${pk}/${sk}`), seen)) return false;
    const row = effectRowSchema.parse(structuredClone(next));
    this.rows.set(`${pk}/${sk}`, row);
    this.history.push(row);
    return true;
  }

  async remove({ pk, sk }: LedgerKey, seen: EffectRow): Promise<boolean> {
    await this.beforeRequest();
    return isDeepStrictEqual(this.rows.get(`${pk}/${sk}`), seen) && this.rows.delete(`${pk}/${sk}`);
  }
}

import type { Service } from '../../local/faults/calls.ts';
import type { Fault, FaultKind } from '../../local/faults/plan.ts';
import type { Observed } from '../../local/faults/proxy.ts';

/** What happened on the way: faults of the plan, and what the measure did itself. */
export type Misfortune = FaultKind | 'event twice' | 'event out of order' | 'local AWS restarted';

export interface TallyRow {
  misfortune: Misfortune;
  service: string;
  injected: number;
  /** Those whose upload or asset ended as without faults. */
  survived: number;
}

interface Entry {
  misfortune: Misfortune;
  service: string;
  subject: string | undefined;
}

/** Counts what was injected, and where. */
export class Tally {
  private readonly entries: Entry[] = [];

  /** Calls that were seen, with or without a fault. */
  calls = 0;

  /** Of them, those of each service. */
  readonly callsOf = new Map<Service, number>();

  observe({ call, fault }: Observed): void {
    this.calls += 1;
    this.callsOf.set(call.service, (this.callsOf.get(call.service) ?? 0) + 1);
    if (fault !== undefined) this.add(fault.kind, call.service, call.subject);
  }

  add(misfortune: Fault['kind'] | Misfortune, service: string, subject?: string): void {
    this.entries.push({ misfortune, service, subject });
  }

  get injected(): number {
    return this.entries.length;
  }

  /** @param isHarmed whether something ended otherwise with this upload or asset */
  rows(isHarmed: (subject: string | undefined) => boolean): TallyRow[] {
    return [...Map.groupBy(this.entries, ({ misfortune, service }) => `${misfortune} ${service}`).values()]
      .map((own) => ({
        misfortune: own[0]?.misfortune ?? 'delay',
        service: own[0]?.service ?? '',
        injected: own.length,
        survived: own.filter(({ subject }) => !isHarmed(subject)).length,
      }))
      .sort((one, other) => one.misfortune.localeCompare(other.misfortune) || other.injected - one.injected);
  }
}

import { createHash } from 'node:crypto';
import type { Call, Service } from './calls.ts';

export const faultKinds = ['kill before', 'kill after', 'throttle', 'fail', 'drop answer', 'delay'] as const;
export type FaultKind = (typeof faultKinds)[number];

export type Fault =
  | { kind: 'kill before' | 'kill after' | 'drop answer' }
  | { kind: 'throttle' | 'fail'; variant: number }
  | { kind: 'delay'; milliseconds: number };

/** A call together with who makes it. */
export interface WorkerCall extends Call {
  functionName: string;
}

export interface PlanOptions {
  seed: number;
  /**
   * Share of calls that meet a fault, beside the kills that see to it that every side effect meets one: of all, or of
   * each service's own, so that one that is seldom called is not spared.
   */
  rate: number | ((service: Service) => number);
  /** Whether workers are killed at all. */
  isKilling: boolean;
  /**
   * How often one piece of work (a function's run for one subject) may be set back: killed, or met by a fault that its
   * client's own retries do not get through. A third crash would set it aside.
   */
  setbacks: (functionName: string) => number;
  /** Of them, those that only kills may use: else what a function does last would hardly ever be killed. */
  keptForKills?: number;
}

/** So many refusals one after the other are more than the clients' own retries get through. */
const longestBurst = 3;
const longestDelayMilliseconds = 2_000;

/** Faults that each service shows. */
const kindsOf: Record<Service, readonly Exclude<FaultKind, 'kill before' | 'kill after'>[]> = {
  dynamodb: ['throttle', 'fail', 'drop answer', 'delay'],
  s3: ['throttle', 'fail', 'drop answer', 'delay'],
  sqs: ['throttle', 'fail', 'delay'],
  states: ['throttle', 'fail', 'drop answer', 'delay'],
  events: ['throttle', 'fail', 'delay'],
  secretsmanager: ['throttle', 'fail', 'delay'],
  sagemaker: ['throttle', 'fail', 'drop answer', 'delay'],
  search: ['throttle', 'fail', 'drop answer', 'delay'],
  captions: ['throttle', 'fail', 'drop answer', 'delay'],
  other: [],
};
/** Their clients send a request once: whatever goes wrong reaches the workflow. */
const sentOnce: readonly Service[] = ['search'];

/** One side effect, wherever it is met: the function, and what it asks of which service. */
export const effectOf = ({ functionName, service, operation }: WorkerCall): string =>
  `${functionName}: ${service} ${operation}`;

/**
 * Says what befalls each call. The same seed says the same of the same call (by function, operation, subject and how
 * often it was made), whatever runs beside it.
 *
 * Every side effect is met by a kill before it and one after it. What sets one piece of work back stays below
 * what sets it aside, so that everything can end as without faults.
 */
export class FaultPlan {
  private readonly options: PlanOptions;
  private readonly made = new Map<string, number>();
  private readonly setbacks = new Map<string, number>();
  private readonly bursts = new Map<string, { kind: 'throttle' | 'fail'; left: number }>();
  private readonly killedAt = new Map<string, Set<FaultKind>>();

  constructor(options: PlanOptions) {
    this.options = options;
  }

  /** Which side effects were met, and by which kills. */
  get coverage(): ReadonlyMap<string, ReadonlySet<FaultKind>> {
    return this.killedAt;
  }

  next(call: WorkerCall): Fault | undefined {
    const key = `${effectOf(call)} ${call.subject ?? ''}`;
    const nth = (this.made.get(key) ?? 0) + 1;
    this.made.set(key, nth);
    const chance = (use: string): number => fraction(`${this.options.seed} ${use} ${key} ${nth}`);
    return this.kill(call) ?? this.burstGoesOn(key, chance) ?? this.befall(call, key, chance);
  }

  private kill(call: WorkerCall): Fault | undefined {
    if (!call.isSideEffect || !this.options.isKilling) return undefined;
    const effect = effectOf(call);
    const met = this.killedAt.get(effect) ?? new Set<FaultKind>();
    this.killedAt.set(effect, met);
    // Without a subject nobody could tell whose third crash it is.
    if (call.subject === undefined) return undefined;
    const missing = (['kill before', 'kill after'] as const).find((kind) => !met.has(kind));
    if (missing === undefined || !this.maySetBack(call)) return undefined;
    met.add(missing);
    return { kind: missing };
  }

  private burstGoesOn(key: string, chance: (use: string) => number): Fault | undefined {
    const burst = this.bursts.get(key);
    if (burst === undefined) return undefined;
    burst.left -= 1;
    if (burst.left <= 0) this.bursts.delete(key);
    return { kind: burst.kind, variant: chance('variant') };
  }

  private befall(call: WorkerCall, key: string, chance: (use: string) => number): Fault | undefined {
    const kinds = kindsOf[call.service];
    if (kinds.length === 0 || chance('whether') >= this.rateOf(call.service)) return undefined;
    const kind = kinds[Math.floor(chance('which') * kinds.length)] ?? 'delay';
    if (kind === 'delay') return { kind, milliseconds: Math.ceil(chance('delay') * longestDelayMilliseconds) };
    const isOnce = sentOnce.includes(call.service);
    const wanted = 1 + Math.floor(chance('burst') * longestBurst);
    const isStrike = isOnce || (kind !== 'drop answer' && wanted >= longestBurst);
    const mayStrike = isStrike && this.maySetBack(call, this.options.keptForKills);
    if (isOnce && !mayStrike) return undefined;
    if (kind === 'drop answer') return { kind };
    const length = isOnce ? 1 : isStrike && !mayStrike ? longestBurst - 1 : wanted;
    if (length > 1) this.bursts.set(key, { kind, left: length - 1 });
    return { kind, variant: chance('variant') };
  }

  private rateOf(service: Service): number {
    const { rate } = this.options;
    return typeof rate === 'number' ? rate : rate(service);
  }

  private maySetBack({ functionName, subject = '' }: WorkerCall, kept = 0): boolean {
    const piece = `${functionName} ${subject}`;
    const before = this.setbacks.get(piece) ?? 0;
    if (before >= this.options.setbacks(functionName) - kept) return false;
    this.setbacks.set(piece, before + 1);
    return true;
  }
}

/** Of [0, 1), the same for the same words. */
export function fraction(words: string): number {
  return createHash('sha256').update(words).digest().readUInt32BE(0) / 2 ** 32;
}

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { ServedEndpoint } from '../../sizing/load/served-endpoint.ts';

/** The kernel counts in hundredths of a second. */
const millisecondsPerTick = 10;

/** Processor time in milliseconds that the whole machine has worked since it was started. Linux only. */
function machineMilliseconds(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = (
    /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? ''
  )
    .split(' ')
    .map(Number);
  return (user + nice + system + irq + softIrq + steal) * millisecondsPerTick;
}

/**
 * What programs that have nothing to do with an endpoint worked meanwhile, as a share of all cores: they are in the way of
 * what is measured, and no simulation knows of them.
 */
export class OthersWork {
  readonly #endpoint: ServedEndpoint;
  #from = { machine: 0, own: 0, at: 0 };

  constructor(endpoint: ServedEndpoint) {
    this.#endpoint = endpoint;
    this.#from = this.#now();
  }

  /** Since it was made or last asked. */
  share(): number {
    const from = this.#from;
    const now = this.#now();
    this.#from = now;
    const others = now.machine - from.machine - (now.own - from.own);
    return Math.max(0, others) / ((now.at - from.at) * availableParallelism());
  }

  #now() {
    const own = Object.values(this.#endpoint.processorTime?.() ?? {}).reduce((sum, one) => sum + one, 0);
    return { machine: machineMilliseconds(), own, at: performance.now() };
  }
}

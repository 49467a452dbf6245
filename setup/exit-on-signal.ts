import { constants } from 'node:os';

/**
 * A signal that asks this process to end makes it exit, so that what listens to `exit` can end what was started. Signals
 * come more than once: `timeout` sends its own to the whole group, and each parent passes on the one it got.
 */
export function exitOnSignal(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
}

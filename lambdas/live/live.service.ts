import { telemetryFor } from '../runtime/telemetry.ts';
import { runLiveService } from './live-service.ts';

/** The container's entry point: one feed, until SIGTERM or SIGINT. */
const telemetry = telemetryFor('live');
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    telemetry.logger.info('asked to stop', { signal });
    stopping.abort();
  });

runLiveService({ telemetry, stop: stopping.signal }).then(
  () => {
    process.exitCode = 0;
  },
  (error: unknown) => {
    telemetry.logger.error('failed', error as Error);
    process.exitCode = 1;
  },
);

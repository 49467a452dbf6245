import { createWriteStream } from 'node:fs';
import { runLiveService } from '../../lambdas/live/live-service.ts';
import { telemetryFor } from '../../lambdas/runtime/telemetry.ts';

/** The live service as its container runs it, which also writes down every frame that it took: pixels, and times. */
const [pixelsFile = '', timesFile = ''] = process.argv.slice(2);
const pixels = createWriteStream(pixelsFile);
const times = createWriteStream(timesFile);
const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());
await runLiveService({
  telemetry: telemetryFor('live'),
  stop: stopping.signal,
  onTaken: ({ pixels: frame, seconds, arrivedAtMilliseconds }, number) => {
    pixels.write(frame);
    times.write(`${number} ${seconds} ${arrivedAtMilliseconds}\n`);
  },
});
await Promise.all([pixels, times].map((file) => new Promise((resolve) => file.end(resolve))));

import type { Context } from 'aws-lambda';
import type { z } from 'zod';
import { followAsset, type Telemetry } from './telemetry.ts';

/** A step's Lambda: parse at the edge, follow the asset in logs and traces, flush metrics whatever happens. */
export function stepHandler<Input extends z.ZodType<{ assetId: string; attempt: number }>, Output>(
  telemetry: Telemetry,
  inputSchema: Input,
  work: (input: z.infer<Input>, context: Context) => Promise<Output>,
): (event: unknown, context: Context) => Promise<Output> {
  return async (event, context) => {
    const input = inputSchema.parse(event) as z.infer<Input>;
    followAsset(telemetry, input.assetId, input.attempt);
    telemetry.logger.info('started');
    try {
      const output = await work(input, context);
      telemetry.logger.info('done', { output });
      return output;
    } catch (error) {
      telemetry.logger.error('failed', error as Error);
      throw error;
    } finally {
      if (telemetry.metrics.hasStoredMetrics()) telemetry.metrics.publishStoredMetrics();
    }
  };
}

import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { errorName } from '../runtime/errors.ts';
import { jsonAnswer, Problem, problemAnswer } from '../runtime/problems.ts';
import { count, milliseconds, telemetryFor } from '../runtime/telemetry.ts';
import { openSearchClients } from './open-search-clients.ts';
import { parseQuery } from './parse-query.ts';
import { type SearchClients, searchArchive } from './search-archive.ts';

const telemetry = telemetryFor('search');
let wired: (() => Promise<SearchClients>) | undefined;

/** GET /search. Who asks has been settled by the API's authoriser. */
export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  try {
    wired ??= openSearchClients();
    const response = await searchArchive(await wired(), parseQuery(event.queryStringParameters), new Date());
    milliseconds(telemetry, 'searchLatency', response.tookMilliseconds['total'] ?? 0);
    if (response.degraded.length > 0) {
      count(telemetry, 'searchDegraded');
      telemetry.logger.warn('degraded', { degraded: response.degraded });
    }
    if (response.query.notFittedFor !== undefined) count(telemetry, 'searchUnfitted');
    telemetry.logger.info('answered', { total: response.total, took: response.tookMilliseconds });
    return jsonAnswer(200, response);
  } catch (error) {
    if (error instanceof Problem) return problemAnswer(error);
    count(telemetry, 'searchErrors');
    telemetry.logger.error('not answered', error as Error);
    return problemAnswer(
      errorName(error) === 'SearchIndexUnavailableError'
        ? new Problem(503, 'SearchUnavailable', 'The search index does not answer at the moment. Try again shortly.')
        : error,
    );
  } finally {
    telemetry.metrics.publishStoredMetrics();
  }
};

import type { Service } from './calls.ts';

/** An answer in the very form in which a service says that it cannot. */
export interface Refusal {
  name: string;
  status: number;
  headers: Record<string, string>;
  body: string;
}

const json = (status: number, contentType: string, type: string, message: string): Refusal => ({
  name: type.split('#').at(-1) ?? type,
  status,
  headers: { 'content-type': contentType },
  body: JSON.stringify({ __type: type, message }),
});
/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const xml = (status: number, code: string, message: string): Refusal => ({
  name: code,
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>0</RequestId></Error>`,
});
const restJson = (status: number, type: string, body: object): Refusal => ({
  name: type,
  status,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
  body: JSON.stringify(body),
});
/** https://opensearch.org/docs/latest/opensearch/rest-api/ answers so; OpenSearch Serverless keeps the form. */
const search = (status: number, type: string, reason: string): Refusal => ({
  name: `${status} ${type}`,
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error: { root_cause: [{ type, reason }], type, reason }, status }),
});
/** https://platform.openai.com/docs/guides/error-codes */
const chat = (status: number, type: string, message: string, headers: Record<string, string> = {}): Refusal => ({
  name: `${status} ${type}`,
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ error: { message, type, param: null, code: type } }),
});

const json10 = 'application/x-amz-json-1.0';
const json11 = 'application/x-amz-json-1.1';
const dynamodb = 'com.amazonaws.dynamodb.v20120810';

type Refusals = Record<'throttle' | 'fail', readonly Refusal[]>;

/** What each service answers where it is asked too much, and where something of its own is broken. */
const refusals: Partial<Record<Service, Refusals>> = {
  dynamodb: {
    throttle: [
      json(
        400,
        json10,
        `${dynamodb}#ProvisionedThroughputExceededException`,
        'The level of configured provisioned throughput for the table was exceeded.',
      ),
      json(
        400,
        json10,
        'com.amazon.coral.availability#ThrottlingException',
        'Throughput exceeds the current capacity of your table or index.',
      ),
    ],
    fail: [
      json(
        500,
        json10,
        `${dynamodb}#InternalServerError`,
        'The request processing has failed because of an unknown error.',
      ),
    ],
  },
  s3: {
    throttle: [xml(503, 'SlowDown', 'Please reduce your request rate.')],
    fail: [
      xml(500, 'InternalError', 'We encountered an internal error. Please try again.'),
      xml(503, 'ServiceUnavailable', 'Service is unable to handle request.'),
    ],
  },
  sqs: {
    throttle: [json(403, json10, 'com.amazonaws.sqs#RequestThrottled', 'Request is throttled.')],
    fail: [json(503, json10, 'com.amazonaws.sqs#ServiceUnavailable', 'The service is unavailable.')],
  },
  states: {
    throttle: [json(400, json10, 'ThrottlingException', 'Rate exceeded')],
    fail: [json(500, json10, 'InternalServerError', 'The service has failed.')],
  },
  events: {
    throttle: [json(400, json11, 'ThrottlingException', 'Rate exceeded')],
    fail: [json(500, json11, 'InternalException', 'This exception occurs due to unexpected causes.')],
  },
  secretsmanager: {
    throttle: [json(400, json11, 'ThrottlingException', 'Rate exceeded')],
    fail: [json(500, json11, 'InternalServiceError', 'An error occurred on the server side.')],
  },
  sagemaker: {
    throttle: [
      restJson(400, 'ThrottlingException', { message: 'Rate exceeded' }),
      restJson(503, 'ServiceUnavailable', { Message: 'The service is unavailable. Try your call again.' }),
    ],
    fail: [
      restJson(424, 'ModelError', {
        Message: 'Received server error (500) from model with message "worker died".',
        OriginalMessage: 'worker died',
        OriginalStatusCode: 500,
        LogStreamArn: '',
      }),
      restJson(500, 'InternalFailure', { Message: 'An internal failure occurred.' }),
    ],
  },
  search: {
    throttle: [search(429, 'throttling_exception', 'Request throttled')],
    fail: [search(503, 'service_unavailable_exception', 'Service unavailable')],
  },
  captions: {
    throttle: [chat(429, 'rate_limit_exceeded', 'Rate limit reached for requests', { 'retry-after': '1' })],
    fail: [
      chat(500, 'server_error', 'The server had an error while processing your request'),
      chat(503, 'server_error', 'The engine is currently overloaded'),
    ],
  },
};

/** @param variant of [0, 1): which of the service's ways, where it has several. */
export function refusalOf(service: Service, kind: 'throttle' | 'fail', variant: number): Refusal {
  const ways = refusals[service]?.[kind] ?? [];
  const way = ways[Math.floor(variant * ways.length)];
  if (way === undefined) throw new Error(`nothing is known of how ${service} would ${kind}`);
  return way;
}

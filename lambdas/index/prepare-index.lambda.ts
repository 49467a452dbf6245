import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { Client } from '@opensearch-project/opensearch';
import { AwsSigv4Signer } from '@opensearch-project/opensearch/aws';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { readEnvironment } from '../runtime/environment.ts';
import { telemetryFor } from '../runtime/telemetry.ts';
import { answerCloudFormation } from './cloudformation-answer.ts';
import { indexRequestSchema, prepareIndex } from './index-preparation.ts';

const telemetry = telemetryFor('index');
const environment = readEnvironment(['vectorIndexEndpoint']);
const requestTimeoutMilliseconds = 30_000;

const client = new Client({
  ...AwsSigv4Signer({
    region: process.env['AWS_REGION'] ?? 'us-east-1',
    service: 'aoss',
    getCredentials: () => defaultProvider()(),
  }),
  node: environment.vectorIndexEndpoint,
  requestTimeout: requestTimeoutMilliseconds,
});

/** The custom resource that makes the index; CloudFormation waits until it has been answered, whatever happens. */
export async function handler(event: CloudFormationCustomResourceEvent): Promise<void> {
  await answerCloudFormation(event, telemetry.logger, async () => {
    const request = indexRequestSchema.parse(event.ResourceProperties);
    // An index holds what its models took hours to make: it goes with its collection, or by hand.
    if (event.RequestType !== 'Delete') await prepareIndex(client, request);
    return { physicalId: request.indexName };
  });
}

import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { ModelEndpoint } from '../../lambdas/clients/model-endpoint.ts';
import { startOwnEndpoint } from '../../local/models/own-endpoint.ts';
import { servedLocally } from '../../setup/model-archives.ts';
import type { Send } from './drive.ts';
import { cyclic, type ModelRequest, responseSchemas, type SizedEndpoint } from './inputs.ts';
import { type ProcessorTime, processorTime } from './processor-time.ts';

export interface ServedEndpoint {
  /** Sends the requests one after the other, again from the first after the last. */
  sender(requests: readonly ModelRequest[]): Send;
  /** Where the endpoint runs on this machine: what it and its caller have worked so far. */
  processorTime?(): ProcessorTime;
  stop(): Promise<void>;
}

const basePort = 6200;
/** An endpoint answers within 60 s or not at all. */
const timeoutMilliseconds = 60_000;
/** As many connections as an open loop may have requests under way: none waits for another's. */
const connections = 2000;

function served(endpoint: SizedEndpoint, endpointName: string, address: { endpoint?: string; region: string }) {
  const client = new SageMakerRuntimeClient({
    ...address,
    // Each attempt is a request of its own to the one who measures.
    maxAttempts: 1,
    requestHandler: { httpAgent: { maxSockets: connections }, httpsAgent: { maxSockets: connections } },
  });
  const model = new ModelEndpoint({ client, endpointName });
  return {
    client,
    sender:
      (requests: readonly ModelRequest[]): Send =>
      async (at) => {
        await model.invokeJson(cyclic(requests, at).body, responseSchemas[endpoint], { timeoutMilliseconds });
      },
  };
}

/** An endpoint in AWS, by its name, with this process's credentials. */
export function realEndpoint(endpoint: SizedEndpoint, endpointName: string, region: string): ServedEndpoint {
  const { client, sender } = served(endpoint, endpointName, { region });
  return { sender, stop: async () => client.destroy() };
}

/**
 * The archive that this machine's stacks serve, by the local endpoint server on ports of its own.
 * @throws StartError where it does not start
 */
export async function localEndpoint(endpoint: SizedEndpoint): Promise<ServedEndpoint> {
  const model = servedLocally().find((one) => one.endpoint === endpoint);
  if (model === undefined) throw new Error(`the local environment serves no ${endpoint}`);
  const own = await startOwnEndpoint({
    ...{
      instance: 'sizing',
      basePort,
      endpointName: endpoint,
      model,
      image: endpoint === 'shots' ? 'tensorflow-inference' : 'pytorch-inference',
    },
  });
  const { client, sender } = served(endpoint, endpoint, { endpoint: own.modelsUrl, region: 'us-east-1' });
  return {
    sender,
    // The local server runs windows in its own threads: who worked for what cannot be told apart.
    ...(endpoint === 'shots' ? {} : { processorTime: () => processorTime(own.modelsProcess) }),
    stop: async () => {
      client.destroy();
      await own.stop();
    },
  };
}

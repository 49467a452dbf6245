import { environmentNames } from '../../lambdas/contracts/environment.ts';
import type { Feed } from '../../lambdas/contracts/live.ts';
import { shotsModelSchema } from '../../lambdas/contracts/models.ts';
import { readDeployment } from '../../lib/config/deployment.ts';
import { places } from '../../setup/places.ts';
import { stackOutputs } from '../supervisor/deployment.ts';
import { addresses, emulatorEnvironment, type Instance } from '../supervisor/instance.ts';

/** There is no running system to send a feed to, or no feed; the message says what to do. */
export class NotRunningError extends Error {
  override readonly name = 'NotRunningError';
}

/** What the container gets from its task definition in AWS, for the system that runs on this machine. */
export async function liveEnvironment(
  instance: Instance,
  { feed, address }: { feed: Feed; address: string },
): Promise<Record<string, string>> {
  const outputs = stackOutputs(instance);
  const health = await fetch(`${addresses(instance).emulator}/_ministack/health`).catch(() => undefined);
  if (!health?.ok || !outputs['OriginalsBucketName'])
    throw new NotRunningError('the system does not run: start it with `npm start`, and this in another terminal.');
  const { packages } = readDeployment((name) => ({ env: 'local', webDist: 'none' })[name]);
  return {
    ...emulatorEnvironment(instance),
    [environmentNames.environment]: 'local',
    [environmentNames.originalsBucket]: outputs['OriginalsBucketName'],
    [environmentNames.derivedBucket]: outputs['DerivedBucketName'] ?? '',
    [environmentNames.shotsLiveEndpoint]: 'wirescope-local-shots-live',
    [environmentNames.shotsModel]: JSON.stringify(shotsModelSchema.parse(packages.shots)),
    [environmentNames.ffmpegPath]: places.ffmpeg,
    [environmentNames.liveFeed]: JSON.stringify(feed),
    [environmentNames.liveFeedAddress]: address,
    POWERTOOLS_METRICS_NAMESPACE: 'Wirescope',
    POWERTOOLS_SERVICE_NAME: 'live',
    POWERTOOLS_LOG_LEVEL: 'INFO',
  };
}

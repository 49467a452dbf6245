import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { EventBus } from '../clients/event-bus.ts';
import { MediaBucket } from '../clients/media-bucket.ts';
import { ModelEndpoint } from '../clients/model-endpoint.ts';
import { feedSchema, liveEventSource } from '../contracts/live.ts';
import { shotsModelSchema } from '../contracts/models.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { count, milliseconds, seconds, type Telemetry } from '../runtime/telemetry.ts';
import { Delivery } from './delivery.ts';
import { parseFeedAddress } from './feed-address.ts';
import { type FeedFrame, openFeed } from './feed-reader.ts';
import { fileShot } from './file-shot.ts';
import { newSessionId } from './live-keys.ts';
import { LiveSession } from './live-session.ts';
import { runFeed } from './run-feed.ts';

const reportMilliseconds = 15_000;

/** Something was published or filed that could not be confirmed; the log names each. */
export class UndeliveredError extends Error {
  override readonly name = 'UndeliveredError';
}

export interface ServiceOptions {
  telemetry: Telemetry;
  stop: AbortSignal;
  /** As the session's own. */
  onTaken?(frame: FeedFrame, number: number): void;
}

/**
 * Runs one feed as the environment describes it until `stop`, and returns when everything is confirmed.
 * @throws FeedAddressError, EnvironmentError, ZodError where the environment does not fit; UndeliveredError; what the
 *   model's endpoint throws where it will never answer.
 */
export async function runLiveService({ telemetry, stop, onTaken }: ServiceOptions): Promise<void> {
  const { logger, metrics } = telemetry;
  const environment = readEnvironment([
    'originalsBucket',
    'derivedBucket',
    'shotsLiveEndpoint',
    'shotsModel',
    'ffmpegPath',
    'liveFeed',
    'liveFeedAddress',
  ]);
  const feed = feedSchema.parse(JSON.parse(environment.liveFeed));
  const address = parseFeedAddress(environment.liveFeedAddress);
  const model = shotsModelSchema.parse(JSON.parse(environment.shotsModel));
  const tools = { ffmpegPath: environment.ffmpegPath };
  const s3 = new S3Client({ forcePathStyle: true });
  const originals = new MediaBucket({ client: s3, bucketName: environment.originalsBucket });
  const derived = new MediaBucket({ client: s3, bucketName: environment.derivedBucket });
  const sessionId = newSessionId(feed.name, new Date());
  metrics.setDefaultDimensions({ feed: feed.name });
  logger.appendKeys({ feed: feed.name, sessionId });

  let lost = 0;
  const delivery = new Delivery({
    events: new EventBus({ client: new EventBridgeClient({}), source: liveEventSource }),
    file: (shot, pictures) => fileShot({ originals, derived, tools, model }, shot, pictures),
    onDelivered: (what) => {
      if ('event' in what) {
        milliseconds(telemetry, 'liveEventTime', what.tookMilliseconds);
        if (what.event.type === 'Shot Ended') count(telemetry, 'liveShots');
        logger.info('published', { event: what.event });
      } else logger.info('filed', { eventId: what.shot.eventId, assetId: what.assetId });
    },
    onLost: (what, error) => {
      lost += 1;
      count(telemetry, 'liveUndelivered');
      logger.error('not delivered', { ...what, error: error as Error });
    },
  });
  const session = new LiveSession({
    feed,
    sessionId,
    isSegmented: address.isSegmented,
    originalsBucket: environment.originalsBucket,
    endpoint: new ModelEndpoint({
      client: new SageMakerRuntimeClient({}),
      endpointName: environment.shotsLiveEndpoint,
    }),
    model,
    delivery,
    onGap: (gap) => {
      count(telemetry, 'liveGaps');
      logger.warn('gap', gap);
    },
    ...(onTaken === undefined ? {} : { onTaken }),
  });

  count(telemetry, 'liveStarts');
  logger.info('started', { source: address.display, mode: feed.mode });
  const startedAt = Date.now();
  let frames = 0;
  const report = () => {
    count(telemetry, 'liveFrames', frames);
    frames = 0;
    seconds(telemetry, 'liveSilence', (Date.now() - (session.lastFrameAt ?? startedAt)) / 1000);
    seconds(telemetry, 'liveBehind', session.waitingSeconds);
    metrics.publishStoredMetrics();
  };
  const reporting = setInterval(report, reportMilliseconds);
  try {
    const reason = await runFeed(
      {
        address,
        session,
        open: () => openFeed(tools, address),
        onFrame: () => {
          frames += 1;
        },
        onDisconnected: (about) => {
          count(telemetry, 'liveReconnects');
          logger.warn('disconnected', about);
        },
      },
      stop,
    );
    logger.info('ending', { reason });
  } finally {
    await delivery.settled();
    clearInterval(reporting);
    report();
  }
  if (lost > 0) throw new UndeliveredError(`${lost} events or clips could not be delivered`);
}

/** Names of the environment variables through which a resource reaches its client. */
export const environmentNames = {
  environment: 'WIRESCOPE_ENVIRONMENT',
  originalsBucket: 'ORIGINALS_BUCKET',
  derivedBucket: 'DERIVED_BUCKET',
  modelsBucket: 'MODELS_BUCKET',
  ledgerTable: 'LEDGER_TABLE',
  stateMachineArn: 'WORKFLOW_ARN',
  /** With so many workflows running a backfill starts no more. */
  backfillExecutions: 'BACKFILL_EXECUTIONS',
  backfillQueueUrl: 'BACKFILL_QUEUE_URL',
  /** With so many messages in the backfill's queue nothing more is fed to it. */
  backfillQueueDepth: 'BACKFILL_QUEUE_DEPTH',
  failureQueueUrl: 'FAILURE_QUEUE_URL',
  receiptKeyArn: 'RECEIPT_KEY_ARN',
  admitQueueUrl: 'ADMIT_QUEUE_URL',
  /** The name of the function that withdraws assets. */
  withdrawFunction: 'WITHDRAW_FUNCTION',
  shotsEndpoint: 'SHOTS_ENDPOINT',
  shotsLiveEndpoint: 'SHOTS_LIVE_ENDPOINT',
  embedEndpoint: 'EMBED_ENDPOINT',
  embedNextEndpoint: 'EMBED_NEXT_ENDPOINT',
  entitiesEndpoint: 'ENTITIES_ENDPOINT',
  rerankEndpoint: 'RERANK_ENDPOINT',
  /** JSON of {name, version, postprocessing?, dimension?} of the package that an endpoint serves. */
  shotsModel: 'SHOTS_MODEL',
  /** Frames of a video that one Lambda decodes and one request carries. */
  framesPerChunk: 'FRAMES_PER_CHUNK',
  /** Seconds within which the asynchronous endpoint must have answered a chunk. */
  inferenceSeconds: 'INFERENCE_SECONDS',
  vectorIndexEndpoint: 'VECTOR_INDEX_ENDPOINT',
  vectorIndexName: 'VECTOR_INDEX_NAME',
  /** JSON of contracts/embedding.ts's `EmbedVersion`s. */
  embedVersions: 'EMBED_VERSIONS',
  /** IANA name of the time zone in which an editor's `yesterday` is reckoned. */
  newsroomTimeZone: 'NEWSROOM_TIME_ZONE',
  /** The table of `contracts/related-words.ts`, gzipped JSON. */
  relatedWordsPath: 'RELATED_WORDS_PATH',
  ffmpegPath: 'FFMPEG_PATH',
  ffprobePath: 'FFPROBE_PATH',
  /** JSON of the captions' settings, or `off`. */
  captions: 'CAPTIONS',
  captionSecretArn: 'CAPTION_SECRET_ARN',
  /** JSON of one feed as `contracts/live.ts` has it, and its address, which may hold credentials. */
  liveFeed: 'LIVE_FEED',
  liveFeedAddress: 'LIVE_FEED_ADDRESS',
  modelsInUse: 'MODELS_IN_USE',
} as const;

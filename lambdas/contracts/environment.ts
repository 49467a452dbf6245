/** Names of the environment variables through which a resource reaches its client. */
export const environmentNames = {
  environment: 'WIRESCOPE_ENVIRONMENT',
  originalsBucket: 'ORIGINALS_BUCKET',
  derivedBucket: 'DERIVED_BUCKET',
  modelsBucket: 'MODELS_BUCKET',
  ledgerTable: 'LEDGER_TABLE',
  stateMachineArn: 'WORKFLOW_ARN',
  failureQueueUrl: 'FAILURE_QUEUE_URL',
  shotsEndpoint: 'SHOTS_ENDPOINT',
  embedEndpoint: 'EMBED_ENDPOINT',
  entitiesEndpoint: 'ENTITIES_ENDPOINT',
  rerankEndpoint: 'RERANK_ENDPOINT',
  /** JSON of {name, version, postprocessing?, dimension?} of the package that an endpoint serves. */
  shotsModel: 'SHOTS_MODEL',
  vectorIndexEndpoint: 'VECTOR_INDEX_ENDPOINT',
  vectorIndexName: 'VECTOR_INDEX_NAME',
  ffmpegPath: 'FFMPEG_PATH',
  ffprobePath: 'FFPROBE_PATH',
  /** JSON of the caption provider's settings, or `off`. */
  captionProvider: 'CAPTION_PROVIDER',
  captionSecretArn: 'CAPTION_SECRET_ARN',
  modelsInUse: 'MODELS_IN_USE',
} as const;

/** Metric names of the `Wirescope` namespace; each carries the dimension `service` = the step's word. */
export const metricNamespace = 'Wirescope';
export const metricNames = {
  assetsAdmitted: 'AssetsAdmitted',
  duplicatesFound: 'DuplicatesFound',
  uploadsRefused: 'UploadsRefused',
  /** Uploads and assets that crashed their worker too often. */
  setAside: 'SetAside',
  assetsIndexed: 'AssetsIndexed',
  assetsRefused: 'AssetsRefused',
  assetsFailed: 'AssetsFailed',
  assetsWithdrawn: 'AssetsWithdrawn',
  /** Milliseconds from an upload's event to its documents' confirmation. */
  timeToIndexed: 'TimeToIndexed',
  shotsFound: 'ShotsFound',
  framesAnalysed: 'FramesAnalysed',
  chunksInferred: 'ChunksInferred',
  captionsPaid: 'CaptionsPaid',
  /** What a desk has spent and set aside, in percent of its limit of the day. */
  captionBudgetUsed: 'CaptionBudgetUsed',
  /** Assets that wait for captions, up to a bound; hours since the first of them was due. */
  captionsWaiting: 'CaptionsWaiting',
  captionsWaitingHours: 'CaptionsWaitingHours',
  /** 1 while the caption provider is not asked because it failed. */
  captionProviderAway: 'CaptionProviderAway',
  /** Of all desks today and yesterday, in micro-dollars; and the part of which nobody knows whether it was billed. */
  captionSpend: 'CaptionSpend',
  captionSpendUnaccounted: 'CaptionSpendUnaccounted',
  /** Assets that were confirmed to be the same as one that came. */
  nearDuplicatesFound: 'NearDuplicatesFound',
  /** Assets that stay ungrouped because the look for near-duplicates failed. */
  nearDuplicateLooksFailed: 'NearDuplicateLooksFailed',
  documentsWritten: 'DocumentsWritten',
  /** Percent of the current index's documents that the index of the other embedding version holds as well. */
  embeddingCoverage: 'EmbeddingCoverage',
  searchLatency: 'SearchLatency',
  searchErrors: 'SearchErrors',
  searchDegraded: 'SearchDegraded',
  searchUnfitted: 'SearchUnfitted',
  /** Assets of which it was told that readers find them from now on. */
  assetsReleased: 'AssetsReleased',
  /** Seconds since the longest due release that could not be told. */
  releaseOverdue: 'ReleaseOverdue',
  stuckAssets: 'StuckAssets',
  /** Differences between bucket, ledger and index that a walk could not mend. */
  differencesLeft: 'DifferencesLeft',
  /** Of one feed each, by the dimension `feed`. */
  liveStarts: 'LiveStarts',
  liveFrames: 'LiveFrames',
  liveShots: 'LiveShots',
  liveGaps: 'LiveGaps',
  liveReconnects: 'LiveReconnects',
  /** Seconds since the last frame came. */
  liveSilence: 'LiveSilence',
  /** Seconds of frames that wait for the model. */
  liveBehind: 'LiveBehind',
  /** Milliseconds from the moment a shot was known to have ended to EventBridge's receipt. */
  liveEventTime: 'LiveEventTime',
  /** Shots whose clip or event could not be delivered. */
  liveUndelivered: 'LiveUndelivered',
} as const;

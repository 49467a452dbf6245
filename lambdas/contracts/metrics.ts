/** Metric names of the `Wirescope` namespace; each carries the dimension `service` = the step's word. */
export const metricNamespace = 'Wirescope';
export const metricNames = {
  assetsAdmitted: 'AssetsAdmitted',
  duplicatesFound: 'DuplicatesFound',
  uploadsRefused: 'UploadsRefused',
  assetsIndexed: 'AssetsIndexed',
  assetsRefused: 'AssetsRefused',
  assetsFailed: 'AssetsFailed',
  assetsWithdrawn: 'AssetsWithdrawn',
  /** Milliseconds from an upload's event to its documents' confirmation. */
  timeToIndexed: 'TimeToIndexed',
  shotsFound: 'ShotsFound',
  framesAnalysed: 'FramesAnalysed',
  captionsGenerated: 'CaptionsGenerated',
  documentsWritten: 'DocumentsWritten',
  searchLatency: 'SearchLatency',
  searchErrors: 'SearchErrors',
  searchDegraded: 'SearchDegraded',
  stuckAssets: 'StuckAssets',
} as const;

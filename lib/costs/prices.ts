/** A figure that somebody else states. */
export interface Figure {
  value: number;
  source: string;
  /** The day or month for which the source says so, or on which it was read; undefined where it has no date. */
  asOf?: string;
  /**
   * `aws`: read in what AWS itself publishes. `copy`: read in somebody's dated copy of AWS's price list. `unchecked`:
   * neither, so it may be wrong or out of date.
   */
  ground: 'aws' | 'copy' | 'unchecked';
}

/** All prices are of US East (N. Virginia), on demand: other regions cost more, in much the same proportions. */
export const priceRegion = 'us-east-1';
export const hoursPerMonth = 730;

const unchecked = (value: number, source: string, asOf?: string): Figure => ({
  ...{ value, source, ground: 'unchecked' },
  ...(asOf === undefined ? {} : { asOf }),
});
/** A program's extract of AWS's own price list for AmazonSageMaker in us-east-1, kept in a public repository. */
const listCopy = (value: number): Figure => ({
  value,
  source: 'github.com/johbro/ocp-ai-cost-modeler data/sagemaker-prices.json, from the AWS price list',
  asOf: '2026-04-21',
  ground: 'copy',
});
/** The table by which a tool of AWS's own reckons what a benchmark costs; it names neither day nor region. */
const toolsTable = (value: number): Figure => ({
  value,
  source: 'github.com/aws-samples/foundation-model-benchmarking-tool src/fmbench/configs/pricing.yml',
  ground: 'aws',
});
const transcription = 'a transcription of https://aws.amazon.com/sagemaker/pricing/';
/** Within a family the price goes with the size. */
const bySize = (value: number, of: string): Figure => unchecked(value, `by size from ${of}`);
const byEc2 = (value: number, of: string): Figure => unchecked(value, `1.2 times the price of EC2 ${of}, from memory`);

/** Dollars an hour of a SageMaker instance that serves an endpoint, whichever way it is called. */
export const hostingPrices: Readonly<Record<string, Figure>> = {
  'ml.c5.large': bySize(0.102, 'ml.c5.xlarge'),
  'ml.c5.xlarge': listCopy(0.204),
  'ml.m5.large': listCopy(0.115),
  'ml.m5.xlarge': toolsTable(0.23),
  'ml.c6i.large': unchecked(0.102, transcription, '2025-10'),
  'ml.c6i.xlarge': unchecked(0.204, transcription),
  'ml.c6i.2xlarge': bySize(0.408, 'ml.c6i.xlarge'),
  'ml.c6i.4xlarge': bySize(0.816, 'ml.c6i.xlarge'),
  'ml.c7i.large': byEc2(0.1071, 'c7i.large'),
  'ml.c7i.xlarge': byEc2(0.2142, 'c7i.xlarge'),
  'ml.c7i.2xlarge': byEc2(0.4284, 'c7i.2xlarge'),
  'ml.g4dn.xlarge': unchecked(0.7364, transcription),
  'ml.g5.xlarge': toolsTable(1.4084),
  'ml.g6.xlarge': listCopy(1.1267),
  'ml.inf2.xlarge': toolsTable(0.99),
};

const memory = (page: string): string => `https://aws.amazon.com/${page}/pricing/, from memory`;

export const prices = {
  /** Dollars for each OpenSearch capacity unit and hour. */
  openSearchUnitHour: unchecked(
    0.24,
    'the line "per OCU-hours for IndexingOCU" of somebody’s bill in us-west-2, undated',
  ),
  kmsKeyMonth: unchecked(1, memory('kms')),
  alarmMonth: unchecked(0.1, memory('cloudwatch')),
  compositeAlarmMonth: unchecked(0.5, memory('cloudwatch')),
  dashboardMonth: unchecked(3, memory('cloudwatch')),
  secretMonth: unchecked(0.4, memory('secrets-manager')),
  natGatewayHour: unchecked(0.045, memory('vpc')),
  publicAddressHour: unchecked(0.005, memory('vpc')),
  fargateProcessorHour: unchecked(0.04048, memory('fargate')),
  fargateGibibyteHour: unchecked(0.004445, memory('fargate')),
  lambdaGibibyteSecond: unchecked(0.0000166667, memory('lambda')),
  lambdaCall: unchecked(0.0000002, memory('lambda')),
  stateTransition: unchecked(0.000025, memory('step-functions')),
  ledgerReadUnit: unchecked(0.125e-6, 'an article on the price cut of November 2024, see docs/decisions/0017'),
  ledgerWriteUnit: unchecked(0.625e-6, 'an article on the price cut of November 2024, see docs/decisions/0017'),
} as const satisfies Record<string, Figure>;

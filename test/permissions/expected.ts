import type { Feed } from '../../lambdas/contracts/live.ts';
import type { LiveSettings } from '../../lib/config/schema.ts';

/** What each role may do: resource -> actions, as `actual` of functions.test.ts spells them. */
export type Permissions = Readonly<Record<string, readonly string[]>>;

const traced: Permissions = { '*': ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'] };
const logged = (name: string): Permissions => ({
  ...traced,
  [`logs of ${name}`]: ['logs:CreateLogStream', 'logs:PutLogEvents'],
});

const objectsRead = ['s3:GetObject', 's3:GetObjectVersion'];
const objectsWritten = ['s3:AbortMultipartUpload', 's3:PutObject'];
const executionsEnded = ['states:DescribeExecution', 'states:GetExecutionHistory', 'states:StopExecution'];
const objectsDeleted = ['s3:DeleteObject', 's3:DeleteObjectVersion'];
const read = (bucket: string, prefix = ''): Permissions => ({
  [`${bucket}/${prefix}*`]: objectsRead,
  [bucket]: ['s3:ListBucket'],
});
const readWrite = (bucket: string, prefix = ''): Permissions => ({
  [`${bucket}/${prefix}*`]: [...objectsRead, ...objectsWritten].sort(),
  [bucket]: ['s3:ListBucket'],
});
const ledgerRead: Permissions = {
  Ledger: ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'],
  'Key through dynamodb': ['kms:Decrypt', 'kms:DescribeKey'],
};
/** By the leading key alone, which functions.test.ts holds apart. */
const versionRead: Permissions = {
  'Ledger of EMBEDDING': ['dynamodb:GetItem'],
  'Key through dynamodb': ['kms:Decrypt', 'kms:DescribeKey'],
};
const ledgerReadWrite: Permissions = {
  Ledger: ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
  'Key through dynamodb': ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'],
};
const ledgerReadWriteForget: Permissions = {
  ...ledgerReadWrite,
  Ledger: [...(ledgerReadWrite['Ledger'] ?? []), 'dynamodb:DeleteItem'].sort(),
};
const keyToRead: Permissions = { 'Key through s3': ['kms:Decrypt'] };
const keyToWrite: Permissions = { 'Key through s3': ['kms:Decrypt', 'kms:GenerateDataKey'] };
/** The state machine's ARN is spelled out: what it calls cannot wait for it to exist. */
const answers = ['states:SendTaskFailure', 'states:SendTaskSuccess'];
const taken = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:GetQueueUrl',
  'sqs:ReceiveMessage',
];
const collection: Permissions = { Collection: ['aoss:APIAccessAll'] };
const invoke = (...endpoints: string[]): Permissions =>
  Object.fromEntries(endpoints.map((name) => [`endpoint ${name}`, ['sagemaker:InvokeEndpoint']]));
const call = (...functions: string[]): Permissions =>
  Object.fromEntries(functions.map((name) => [`function ${name}`, ['lambda:InvokeFunction']]));

export const functionRoles: Readonly<Record<string, Permissions>> = {
  AdmitFunction: {
    ...logged('AdmitFunction'),
    ...read('Originals', 'incoming/'),
    ...read('Originals', 'backfill/'),
    ...keyToRead,
    ...ledgerReadWrite,
    AdmitQueue: taken,
    AdmitBackfill: taken,
    workflow: ['states:ListExecutions', 'states:StartExecution'],
  },
  ShotsPlan: {
    ...logged('ShotsPlan'),
    ...read('Originals'),
    ...read('Derived', 'assets/'),
    'Derived/work/shots/*': objectsWritten,
    ...keyToWrite,
    ...ledgerReadWrite,
  },
  ShotsDecode: {
    ...logged('ShotsDecode'),
    ...read('Originals'),
    ...readWrite('Derived', 'work/shots/'),
    ...keyToWrite,
  },
  ShotsInfer: {
    ...logged('ShotsInfer'),
    ...read('Derived', 'inference/'),
    ...keyToRead,
    ...ledgerReadWrite,
    'endpoint shots': ['sagemaker:InvokeEndpointAsync'],
    'workflow by name': answers,
  },
  ShotsReturn: {
    ...logged('ShotsReturn'),
    ...read('Derived', 'inference/'),
    ...keyToRead,
    ...ledgerReadWrite,
    'workflow by name': answers,
  },
  ShotsStitch: {
    ...logged('ShotsStitch'),
    ...readWrite('Derived', 'work/shots/'),
    ...read('Derived', 'inference/'),
    ...keyToWrite,
    ...ledgerRead,
  },
  ShotsKeyframes: {
    ...logged('ShotsKeyframes'),
    ...read('Originals'),
    ...readWrite('Derived', 'work/shots/'),
    'Derived/assets/*': objectsWritten,
    ...keyToWrite,
  },
  ShotsAssemble: {
    ...logged('ShotsAssemble'),
    ...read('Originals'),
    ...read('Derived', 'work/shots/'),
    'Derived/assets/*': objectsWritten,
    ...keyToWrite,
    ...ledgerReadWrite,
  },
  DescribeFunction: {
    ...logged('DescribeFunction'),
    ...read('Originals'),
    ...readWrite('Derived'),
    ...keyToWrite,
    ...ledgerReadWriteForget,
    Ledger: [...(ledgerReadWriteForget['Ledger'] ?? []), 'dynamodb:BatchWriteItem'].sort(),
    'Ledger/index/byGroup': ['dynamodb:Query'],
  },
  EnrichFunction: {
    ...logged('EnrichFunction'),
    ...readWrite('Derived'),
    ...keyToWrite,
    ...ledgerReadWrite,
    ...invoke('embed', 'entities'),
  },
  IndexFunction: {
    ...logged('IndexFunction'),
    ...read('Derived'),
    ...keyToRead,
    ...ledgerReadWriteForget,
    ...collection,
    ...invoke('embed'),
  },
  IndexReembedder: {
    ...logged('IndexReembedder'),
    ...read('Derived'),
    ...keyToRead,
    ...ledgerReadWriteForget,
    ...collection,
    ...invoke('embed'),
  },
  IndexSweeper: {
    ...logged('IndexSweeper'),
    ...ledgerReadWriteForget,
    'Ledger/index/byUnsettled': ['dynamodb:Query'],
    ...collection,
  },
  WorkflowRecordOutcome: {
    ...logged('WorkflowRecordOutcome'),
    ...ledgerReadWriteForget,
    ...collection,
    Failures: ['sqs:SendMessage'],
  },
  OperateCountStuckAssets: {
    ...logged('OperateCountStuckAssets'),
    ...ledgerRead,
    'Ledger/index/byUnsettled': ['dynamodb:Query'],
  },
  ReconcileFunction: {
    ...logged('ReconcileFunction'),
    ...read('Originals', 'incoming/'),
    ...read('Originals', 'backfill/'),
    Originals: ['s3:ListBucket', 's3:ListBucketVersions'],
    'Derived/assets/*': objectsDeleted,
    ...readWrite('Derived', 'reconcile/'),
    Derived: ['s3:ListBucket', 's3:ListBucketVersions'],
    ...keyToWrite,
    ...ledgerReadWriteForget,
    Ledger: [...(ledgerReadWriteForget['Ledger'] ?? []), 'dynamodb:Scan'].sort(),
    'Ledger/index/byGroup': ['dynamodb:Query'],
    ...collection,
    AdmitQueue: ['sqs:GetQueueAttributes', 'sqs:SendMessage'],
    workflow: ['states:StartExecution'],
    'executions of the workflow': executionsEnded,
    'function WithdrawFunction': ['lambda:InvokeFunction'],
  },
  BackfillFeed: {
    ...logged('BackfillFeed'),
    ...read('Originals', 'backfill/'),
    ...keyToRead,
    ...ledgerRead,
    AdmitBackfill: ['sqs:GetQueueAttributes', 'sqs:SendMessage'],
  },
  ReleaseFunction: {
    ...logged('ReleaseFunction'),
    ...ledgerReadWriteForget,
    'Ledger/index/byUnsettled': ['dynamodb:Query'],
    'event bus default': ['events:PutEvents'],
  },
  WithdrawFunction: {
    ...logged('WithdrawFunction'),
    'Originals/incoming/*': objectsDeleted,
    'Originals/backfill/*': objectsDeleted,
    Originals: ['s3:ListBucket', 's3:ListBucketVersions'],
    'Derived/assets/*': objectsDeleted,
    'Derived/work/shots/*': objectsDeleted,
    'Derived/inference/*': objectsDeleted,
    ...readWrite('Derived', 'receipts/'),
    ...readWrite('Derived', 'vocabulary/'),
    Derived: ['s3:ListBucket', 's3:ListBucketVersions'],
    ...keyToWrite,
    ...ledgerReadWriteForget,
    'Ledger/index/byGroup': ['dynamodb:Query'],
    ...collection,
    Failures: ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:ReceiveMessage'],
    Receipts: ['kms:Sign'],
    'executions of the workflow': executionsEnded,
  },
  SearchFunction: {
    ...logged('SearchFunction'),
    ...read('Derived'),
    ...keyToRead,
    ...ledgerRead,
    ...collection,
    ...invoke('embed', 'entities', 'rerank'),
  },
  SearchVocabulary: {
    ...logged('SearchVocabulary'),
    ...readWrite('Derived', 'vocabulary/'),
    ...keyToWrite,
    ...versionRead,
    ...collection,
  },
  ServeFunction: {
    ...logged('ServeFunction'),
    ...read('Originals'),
    'Originals/incoming/*': objectsWritten,
    ...read('Derived'),
    ...keyToWrite,
    ...ledgerReadWrite,
    'Ledger/index/byGroup': ['dynamodb:Query'],
    'Ledger/index/byUploadDay': ['dynamodb:Query'],
    ...invoke('embed', 'entities', 'rerank'),
  },
  DocumentsPrepare: { ...logged('DocumentsPrepare'), ...collection },
};

const archiveReader = (endpoint: string, repository: string, archive: string): Permissions => ({
  [`Models/models/${archive}/*`]: ['s3:GetObject'],
  'Key through s3': ['kms:Decrypt'],
  [`repository ${repository}`]: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  '*': ['cloudwatch:PutMetricData', 'ecr:GetAuthorizationToken'],
  [`endpoint logs of ${endpoint}`]: [
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:DescribeLogStreams',
    'logs:PutLogEvents',
  ],
  [`endpoint logs of ${endpoint}:*`]: [
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:DescribeLogStreams',
    'logs:PutLogEvents',
  ],
});

const workflowLogged = [
  'logs:CreateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:DescribeLogGroups',
  'logs:DescribeResourcePolicies',
  'logs:GetLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:UpdateLogDelivery',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];

/** Roles that AWS's own services take on. */
export const serviceRoles = (
  archives: Readonly<Record<string, string>>,
  textServer: string,
): Readonly<Record<string, Permissions>> => ({
  ShotsExecution: {
    ...archiveReader('shots', 'tensorflow-inference', archives['shots'] ?? ''),
    ...read('Derived', 'work/shots/'),
    'Derived/inference/shots/output/*': objectsWritten,
    'Derived/inference/shots/failure/*': objectsWritten,
    ...keyToWrite,
    InferenceSuccess: ['sns:Publish'],
    InferenceError: ['sns:Publish'],
    'Key through sns': ['kms:Decrypt', 'kms:GenerateDataKey'],
  },
  EmbedExecution: archiveReader('embed', textServer, archives['embed'] ?? ''),
  EntitiesExecution: archiveReader('entities', textServer, archives['entities'] ?? ''),
  RerankExecution: archiveReader('rerank', textServer, archives['rerank'] ?? ''),
  WorkflowWorkflow: {
    ...call(
      'ShotsPlan',
      'ShotsDecode',
      'ShotsInfer',
      'ShotsStitch',
      'ShotsKeyframes',
      'ShotsAssemble',
      'DescribeFunction',
      'EnrichFunction',
      'IndexFunction',
      'WorkflowRecordOutcome',
    ),
    '*': workflowLogged,
  },
  BackfillWorkflow: {
    ...call('BackfillFeed'),
    'backfill by name': ['states:StartExecution'],
    'children of FeedPrefix': ['states:DescribeExecution', 'states:StopExecution'],
    'children of FeedInventory': ['states:DescribeExecution', 'states:StopExecution'],
    Originals: ['s3:ListBucket'],
    ...read('Derived', 'inventory/'),
    'Derived/backfill/*': objectsWritten,
    ...keyToWrite,
    '*': workflowLogged,
  },
  IndexSweep: call('IndexSweeper'),
  IndexWalk: call('IndexSweeper'),
  IndexReembed: call('IndexReembedder'),
  SearchRefresh: call('SearchVocabulary'),
  OperateCount: call('OperateCountStuckAssets'),
  WithdrawClear: call('WithdrawFunction'),
  ReconcileWalk: call('ReconcileFunction'),
  ReleaseLook: call('ReleaseFunction'),
});

/** Roles of the live stack, where the environment has one: its endpoint's, and two for each feed. */
export const liveRoles = (
  live: LiveSettings | undefined,
  archives: Readonly<Record<string, string>>,
): Readonly<Record<string, Permissions>> =>
  live === undefined
    ? {}
    : {
        ShotsLiveExecution: archiveReader('shots-live', 'tensorflow-inference', archives['shots'] ?? ''),
        ...Object.assign({}, ...live.feeds.map(feedRoles)),
        ...(live.feeds.length === 0 ? {} : { FeedsNetworkVpcallIAM: flowLog }),
      };

const feedRoles = ({ name, desk }: Feed): Readonly<Record<string, Permissions>> => ({
  [`FeedsFeed${name}Task`]: {
    [`Originals/incoming/${desk}/live/*`]: objectsWritten,
    'Derived/assets/*': objectsWritten,
    ...keyToWrite,
    ...invoke('shots-live'),
    'event bus default': ['events:PutEvents'],
  },
  [`FeedsFeed${name}Execution`]: {
    'the live image': ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    '*': ['ecr:GetAuthorizationToken'],
    [`FeedsFeed${name}Address`]: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
    'Key through secretsmanager': ['kms:Decrypt'],
    [`logs of FeedsFeed${name}`]: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  },
});
const flowLog: Permissions = {
  FeedsNetworkRefused: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
};

/** Actions that AWS offers for no resource narrower than the account, each for one reason. */
export const actionsWithoutResource: Readonly<Record<string, string>> = {
  'xray:PutTraceSegments': 'X-Ray takes segments for the account',
  'xray:PutTelemetryRecords': 'X-Ray takes segments for the account',
  'xray:GetSamplingRules': 'X-Ray samples for the account',
  'xray:GetSamplingTargets': 'X-Ray samples for the account',
  'ecr:GetAuthorizationToken': 'a registry token is for the registry',
  'cloudwatch:PutMetricData': 'held to one namespace by a condition',
  'logs:CreateLogDelivery': 'log deliveries have no resource',
  'logs:DeleteLogDelivery': 'log deliveries have no resource',
  'logs:GetLogDelivery': 'log deliveries have no resource',
  'logs:ListLogDeliveries': 'log deliveries have no resource',
  'logs:UpdateLogDelivery': 'log deliveries have no resource',
  'logs:PutResourcePolicy': 'log deliveries have no resource',
  'logs:DescribeResourcePolicies': 'log deliveries have no resource',
  'logs:DescribeLogGroups': 'log deliveries have no resource',
};

const documentsRead = ['aoss:DescribeIndex', 'aoss:ReadDocument'];
/** The other half of access to the index: what each function's data access policy grants on it. */
export const indexAccess: Readonly<Record<string, readonly string[]>> = {
  SearchFunction: documentsRead,
  SearchVocabulary: documentsRead,
  IndexFunction: [...documentsRead, 'aoss:WriteDocument'],
  IndexSweeper: [...documentsRead, 'aoss:WriteDocument'],
  IndexReembedder: [...documentsRead, 'aoss:WriteDocument'],
  WorkflowRecordOutcome: [...documentsRead, 'aoss:WriteDocument'],
  WithdrawFunction: [...documentsRead, 'aoss:WriteDocument'],
  ReconcileFunction: [...documentsRead, 'aoss:WriteDocument'],
  DocumentsPrepare: ['aoss:CreateIndex', 'aoss:DescribeIndex', 'aoss:UpdateIndex'],
};

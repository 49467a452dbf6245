import { CustomResource, type CustomResourceProps, Duration, Stack } from 'aws-cdk-lib';
import { CfnAccessPolicy, CfnCollection, CfnSecurityPolicy } from 'aws-cdk-lib/aws-opensearchserverless';
import { Construct } from 'constructs';
import { type EmbedVersion, vectorIndexName } from '../../lambdas/contracts/embedding.ts';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import type { ModelPackage } from '../../lambdas/contracts/models.ts';
import type { Environment } from '../config/schema.ts';
import { ArchiveFunction, type FunctionSurroundings } from './archive-function.ts';
import type { ContentKey } from './content-key.ts';
import { indexBody } from './index-mapping.ts';
import { endpointNameOf } from './model-endpoint.ts';
import { permit } from './permissions.ts';

/** Permissions of data access policies: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-data-access.html */
const indexPermissions = {
  read: ['aoss:DescribeIndex', 'aoss:ReadDocument'],
  write: ['aoss:DescribeIndex', 'aoss:ReadDocument', 'aoss:WriteDocument'],
  prepare: ['aoss:CreateIndex', 'aoss:DescribeIndex', 'aoss:UpdateIndex'],
} as const;

export interface VectorIndexProps {
  readonly environment: Environment;
  readonly surroundings: FunctionSurroundings;
  readonly key: ContentKey;
  readonly embedModel: ModelPackage;
  /** The embedding model's next version, while the archive moves to it. */
  readonly nextEmbedModel?: ModelPackage | undefined;
}

function versionsOf({ environment, embedModel, nextEmbedModel }: VectorIndexProps): EmbedVersion[] {
  const deployed = [
    { model: embedModel, word: 'embed' },
    ...(nextEmbedModel === undefined ? [] : [{ model: nextEmbedModel, word: 'embed-next' } as const]),
  ] as const;
  return deployed.map(({ model, word }) => ({
    name: model.name,
    version: model.version,
    indexName: vectorIndexName(model),
    endpointName: endpointNameOf(environment.name, word),
  }));
}

/** The OpenSearch Serverless collection and the index of each embedding version in it. Each user gets a data access policy of its own. */
export class VectorIndex extends Construct {
  readonly collection: CfnCollection;
  readonly collectionName: string;
  readonly indexName: string;
  /** The deployed versions of the embedding model, as JSON for functions and operators. */
  readonly embedVersions: string;
  private readonly indexNames: readonly string[];
  private readonly environmentName: string;

  constructor(scope: Construct, id: string, props: VectorIndexProps) {
    super(scope, id);
    this.environmentName = props.environment.name;
    this.collectionName = `wirescope-${props.environment.name}`;
    const versions = versionsOf(props);
    this.embedVersions = JSON.stringify(versions);
    this.indexNames = versions.map(({ indexName }) => indexName);
    this.indexName = vectorIndexName(props.embedModel);

    const rule = { ResourceType: 'collection', Resource: [`collection/${this.collectionName}`] };
    const encryption = new CfnSecurityPolicy(this, 'Encryption', {
      name: `${this.collectionName}-key`,
      type: 'encryption',
      policy: Stack.of(this).toJsonString({ Rules: [rule], AWSOwnedKey: false, KmsARN: props.key.keyArn }),
    });
    const network = new CfnSecurityPolicy(this, 'Network', {
      name: `${this.collectionName}-net`,
      type: 'network',
      // Reached over TLS by functions outside a VPC; every request is signed and held against a data access policy.
      policy: JSON.stringify([{ Rules: [rule], AllowFromPublic: true }]),
    });
    this.collection = new CfnCollection(this, 'Collection', {
      name: this.collectionName,
      type: 'VECTORSEARCH',
      description: `Documents of Wirescope ${props.environment.name}`,
      standbyReplicas: props.environment.search.isStandbyOn ? 'ENABLED' : 'DISABLED',
    });
    // A collection takes its key from the policies that exist when it is made.
    this.collection.addResourceDependency(encryption);
    this.collection.addResourceDependency(network);
    this.prepareIndexes(props);
  }

  get endpoint(): string {
    return this.collection.attrCollectionEndpoint;
  }

  grantSearchTo(user: ArchiveFunction): void {
    this.grantTo(user, indexPermissions.read);
  }

  grantWriteTo(user: ArchiveFunction): void {
    this.grantTo(user, indexPermissions.write);
  }

  /**
   * CloudFormation's own index resource knows no field types but `text` and `knn_vector`
   * (https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2529), so a function makes the index.
   */
  private prepareIndexes(props: VectorIndexProps): void {
    const prepare = new ArchiveFunction(this, 'Prepare', {
      surroundings: props.surroundings,
      entry: 'index/prepare-index.lambda.ts',
      step: 'index',
      name: 'prepare-index',
      size: props.environment.functions.prepareIndex,
    });
    const access = this.grantTo(prepare, indexPermissions.prepare);
    const prepared = (id: string, model: ModelPackage): void => {
      const settings: CustomResourceProps = {
        resourceType: 'Custom::VectorIndex',
        serviceToken: prepare.functionArn,
        serviceTimeout: Duration.seconds(prepare.timeoutSeconds),
        properties: {
          indexName: vectorIndexName(model),
          // As text: CloudFormation would turn the numbers and booleans of a custom resource into strings.
          body: JSON.stringify(indexBody(model, props.environment.search)),
        },
      };
      new CustomResource(this, id, settings).node.addDependency(access, prepare.role);
    };
    prepared('Index', props.embedModel);
    if (props.nextEmbedModel !== undefined) prepared('NextIndex', props.nextEmbedModel);
  }

  /** The index is reached by both halves together: IAM on the collection, and a data access policy that names the role. */
  private grantTo(user: ArchiveFunction, permissions: readonly string[]): CfnAccessPolicy {
    user.addEnvironment(environmentNames.vectorIndexEndpoint, this.endpoint);
    user.addEnvironment(environmentNames.vectorIndexName, this.indexName);
    user.addEnvironment(environmentNames.embedVersions, this.embedVersions);
    permit(user.role, { actions: ['aoss:APIAccessAll'], resources: [this.collection.attrArn] });
    return new CfnAccessPolicy(user, 'IndexAccess', {
      name: `ws-${this.environmentName}-${user.shortName}`.slice(0, 32),
      type: 'data',
      description: `What ${user.shortName} may do with the index`,
      policy: Stack.of(user).toJsonString([
        {
          Description: user.shortName,
          Rules: [
            {
              ResourceType: 'index',
              Resource: this.indexNames.map((indexName) => `index/${this.collectionName}/${indexName}`),
              Permission: permissions,
            },
          ],
          Principal: [user.role.roleArn],
        },
      ]),
    });
  }
}

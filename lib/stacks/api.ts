import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { PageConfig } from '../../lambdas/contracts/api.ts';
import type { Deployment } from '../config/deployment.ts';
import { ServeArchive } from '../pipeline/api/serve-archive.ts';
import { Search } from '../pipeline/search/search.ts';
import type { ModelEndpoints } from '../pipeline/step-props.ts';
import { ArchiveApi } from '../resources/archive-api.ts';
import type { FunctionSurroundings } from '../resources/archive-function.ts';
import type { CaptionProvider } from '../resources/caption-provider.ts';
import { relatedWordsLayer } from '../resources/code-layers.ts';
import type { PageSources } from '../resources/content-security-policy.ts';
import { Editors } from '../resources/editors.ts';
import { PageSite } from '../resources/page-site.ts';
import type { VectorIndex } from '../resources/vector-index.ts';
import type { StorageStack } from './storage.ts';

export interface ApiStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly surroundings: FunctionSurroundings;
  readonly storage: StorageStack;
  readonly endpoints: ModelEndpoints;
  readonly index: VectorIndex;
  readonly captions: CaptionProvider;
}

/** What editors meet: sign-in, the HTTP API and the page. */
export class ApiStack extends Stack {
  readonly archiveApi: ArchiveApi;
  readonly search: Search;
  readonly serve: ServeArchive;

  constructor(scope: Construct, id: string, props: ApiStackProps) {
    super(scope, id, props);
    const { deployment, surroundings, storage, endpoints, index } = props;
    const { environment } = deployment;
    const { originals, derived, ledger } = storage;
    const isKept = environment.removal === 'retain';
    const removalPolicy = isKept ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

    const editors = new Editors(this, 'Editors', {
      isMfaOffered: environment.isMfaOffered,
      isProtected: isKept,
      removalPolicy,
    });
    const relatedWords =
      environment.emulatorEndpoint === undefined
        ? relatedWordsLayer(this, deployment.relatedWordsLayerFolder)
        : undefined;
    this.search = new Search(this, { environment, surroundings, derived, ledger, index, endpoints, relatedWords });
    this.serve = new ServeArchive(this, {
      environment,
      surroundings,
      originals,
      derived,
      ledger,
      endpoints,
      captions: props.captions,
    });
    const site = new PageSite(this, 'Page', {
      environmentName: environment.name,
      removalPolicy,
      accessLogs: storage.accessLogs,
      key: storage.key,
      logRetentionDays: environment.logRetentionDays,
      sources: this.pageSources(environment.emulatorEndpoint, storage),
    });
    this.archiveApi = new ArchiveApi(this, 'Http', {
      environment,
      key: storage.key,
      editors,
      // An HTTP API compares origins letter by letter, so a pattern is no use to it.
      pageOrigins: [site.origin, ...environment.pageOrigins.filter((origin) => !origin.includes('*'))],
      searchFunction: this.search.function,
      archiveFunction: this.serve.function,
    });
    const { api } = this.archiveApi;
    const apiUrl = environment.emulatorEndpoint
      ? `${environment.emulatorEndpoint}/_aws/execute-api/${api.apiId}/$default`
      : api.apiEndpoint;
    const pageConfig: PageConfig = {
      environment: environment.name,
      apiUrl,
      cognito: {
        region: this.region,
        clientId: editors.client.userPoolClientId,
        ...(environment.emulatorEndpoint ? { endpoint: environment.emulatorEndpoint } : {}),
      },
      ...(environment.demoEditor ? { demoEditor: environment.demoEditor } : {}),
    };
    site.publish(deployment.pageFolder, pageConfig);

    new CfnOutput(this, 'ApiId', { value: api.apiId });
    new CfnOutput(this, 'ApiUrl', { value: apiUrl });
    new CfnOutput(this, 'UserPoolId', { value: editors.pool.userPoolId });
    new CfnOutput(this, 'UserPoolClientId', { value: editors.client.userPoolClientId });
    new CfnOutput(this, 'SiteBucketName', { value: site.bucket.bucketName });
    new CfnOutput(this, 'DistributionId', { value: site.distribution.distributionId });
    new CfnOutput(this, 'DistributionDomainName', { value: site.distribution.distributionDomainName });
  }

  private pageSources(emulatorEndpoint: string | undefined, storage: StorageStack): PageSources {
    if (emulatorEndpoint) return { connect: [emulatorEndpoint], media: [emulatorEndpoint] };
    // Path style, as the functions sign: one host for all buckets, so the bucket's name is part of the source.
    const folder = (bucketName: string) => `https://s3.${this.region}.${this.urlSuffix}/${bucketName}/`;
    const originals = folder(storage.originals.bucketName);
    return {
      connect: [
        `https://*.execute-api.${this.region}.${this.urlSuffix}`,
        `https://cognito-idp.${this.region}.${this.urlSuffix}`,
        originals,
      ],
      media: [originals, folder(storage.derived.bucketName)],
    };
  }
}

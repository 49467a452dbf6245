import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { environmentNames } from '../../lambdas/contracts/environment.ts';
import type { Environment } from '../config/schema.ts';
import type { ArchiveFunction } from './archive-function.ts';
import type { ContentKey } from './content-key.ts';
import { permit } from './permissions.ts';

/** The external API that captions what nobody has described: none, one behind a secret key, or Bedrock. */
export class CaptionProvider extends Construct {
  readonly settings: Environment['captions'];
  private readonly secret: Secret | undefined;
  private readonly key: ContentKey;

  constructor(scope: Construct, id: string, props: { environment: Environment; key: ContentKey }) {
    super(scope, id);
    this.settings = props.environment.captions;
    this.key = props.key;
    if (this.settings !== 'off' && this.settings.provider.kind === 'openai-compatible') {
      this.secret = new Secret(this, 'ApiKey', {
        description: `API key of the caption provider of Wirescope ${props.environment.name}; put its value by hand`,
        encryptionKey: props.key,
        removalPolicy: RemovalPolicy.DESTROY,
      });
      Validations.of(this.secret).acknowledge({
        id: 'AwsSolutions-SMG4',
        reason: 'The key is issued by the caption provider, who offers no interface to rotate it.',
      });
    }
  }

  get areOn(): boolean {
    return this.settings !== 'off';
  }

  /** Lets a function know the provider. */
  describeTo(user: ArchiveFunction): void {
    user.addEnvironment(
      environmentNames.captions,
      this.settings === 'off' ? this.settings : JSON.stringify(this.settings),
    );
  }

  /** Lets a function know the provider and call it. */
  grantCaptioningTo(user: ArchiveFunction): void {
    this.describeTo(user);
    if (this.secret) {
      user.addEnvironment(environmentNames.captionSecretArn, this.secret.secretArn);
      permit(user.role, { actions: ['secretsmanager:GetSecretValue'], resources: [this.secret.secretArn] });
      this.key.grantReadThrough(user.role, 'secretsmanager');
    }
    if (this.settings !== 'off' && this.settings.provider.kind === 'bedrock') {
      const { partition, region } = Stack.of(this);
      const { provider } = this.settings;
      permit(user.role, {
        actions: ['bedrock:InvokeModel'],
        resources: [`arn:${partition}:bedrock:${provider.region ?? region}::foundation-model/${provider.modelId}`],
      });
    }
  }
}

import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { environments } from '../../lib/config/environments.ts';
import { environmentSchema } from '../../lib/config/schema.ts';
import { CaptionLate } from '../../lib/pipeline/operate/caption-late.ts';
import { AssetLedger } from '../../lib/resources/asset-ledger.ts';
import { CaptionProvider } from '../../lib/resources/caption-provider.ts';
import { ContentKey } from '../../lib/resources/content-key.ts';
import { captionSettings } from '../lambdas/support/caption-settings.ts';

/** What begins late captions, alone in a stack. */
export function lateCaptionsStack(): { stack: Stack; late: CaptionLate; template: Template } {
  const environment = environmentSchema.parse({ ...environments.dev, captions: captionSettings() });
  const stack = new Stack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'Late', {
    env: { region: environment.region },
  });
  const key = new ContentKey(stack, 'Key', { environmentName: 'dev', removalPolicy: RemovalPolicy.DESTROY });
  const late = new CaptionLate(stack, {
    environment,
    surroundings: { environmentName: 'dev', key, logRetentionDays: 1, isTracingOn: true },
    ledger: new AssetLedger(stack, 'Ledger', { key, removalPolicy: RemovalPolicy.DESTROY, isProtected: false }),
    captions: new CaptionProvider(stack, 'Provider', { environment, key }),
    stateMachineArn: 'arn:aws:states:eu-central-1:111122223333:stateMachine:wirescope-dev',
  });
  return { stack, late, template: Template.fromStack(stack) };
}

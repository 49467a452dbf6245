import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { DeploymentError, readDeployment } from '../lib/config/deployment.ts';
import { costsOfApp } from '../lib/costs/of-app.ts';
import { costsInWords } from '../lib/costs/words.ts';
import { buildStacks } from '../lib/stacks/build.ts';

try {
  const app = new App();
  const deployment = readDeployment((name) => app.node.tryGetContext(name), process.env['CDK_DEFAULT_ACCOUNT']);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  buildStacks(app, deployment);
  // Nobody is billed for the local environment. To standard error: standard output is the template's.
  if (deployment.environment.emulatorEndpoint === undefined)
    console.error(costsInWords(costsOfApp(app, deployment.environment)));
  else app.synth();
} catch (error) {
  if (!(error instanceof DeploymentError)) throw error;
  console.error(`wirescope: ${error.message}`);
  process.exitCode = 1;
}

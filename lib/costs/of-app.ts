import type { App } from 'aws-cdk-lib';
import type { Environment } from '../config/schema.ts';
import { type AssetCost, costsPerThousand } from './per-asset.ts';
import { type StandingCharge, standingCharges, type TemplateResources } from './standing.ts';

export interface EnvironmentCosts {
  environment: string;
  standing: StandingCharge[];
  perThousand: AssetCost[];
}

/** What the stacks of an app cost. It is synthesised where it was not yet. @throws UnknownPriceError */
export function costsOfApp(app: App, environment: Environment): EnvironmentCosts {
  const templates = app
    .synth()
    .stacks.map(({ template }) => (template as { Resources?: TemplateResources }).Resources ?? {});
  return {
    environment: environment.name,
    standing: standingCharges(templates),
    perThousand: costsPerThousand(environment),
  };
}

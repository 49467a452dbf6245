import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  shotsModelSchema,
  type TransitionSettings,
  transitionSettingsSchema,
} from '../../../lambdas/contracts/models.ts';

const facts = path.join(import.meta.dirname, '../../../model-packaging/models/shots-transnetv2/model.json');

/** The settings that ship with the model. */
export const transitionSettings: TransitionSettings = transitionSettingsSchema.parse(
  JSON.parse(readFileSync(facts, 'utf8')).postprocessing,
);

/** The windows that the model takes. */
export const modelLimits = shotsModelSchema.shape.limits.parse(JSON.parse(readFileSync(facts, 'utf8')).limits);

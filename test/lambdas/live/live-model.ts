import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type ShotsModel, shotsModelSchema } from '../../../lambdas/contracts/models.ts';

const facts = path.join(import.meta.dirname, '../../../model-packaging/models/shots-transnetv2/model.json');

/** The model as it ships: what the live service is told of it. */
export const liveModel: ShotsModel = shotsModelSchema.parse(JSON.parse(readFileSync(facts, 'utf8')));

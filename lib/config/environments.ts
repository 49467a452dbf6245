import { dev } from './dev.ts';
import { local } from './local.ts';
import { prod } from './prod.ts';
import type { EnvironmentInput, EnvironmentName } from './schema.ts';
import { staging } from './staging.ts';

export const environments = { local, dev, staging, prod } as const satisfies Record<EnvironmentName, EnvironmentInput>;

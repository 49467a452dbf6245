import { environmentNames } from '../contracts/environment.ts';
import { EnvironmentError } from './errors.ts';

export type EnvironmentKey = keyof typeof environmentNames;

/**
 * Reads the named variables once, at a handler's start.
 * @throws EnvironmentError naming every variable that is missing.
 */
export function readEnvironment<K extends EnvironmentKey>(
  keys: readonly K[],
  source: Record<string, string | undefined> = process.env,
): Record<K, string> {
  const missing = keys.filter((key) => !source[environmentNames[key]]);
  if (missing.length > 0)
    throw new EnvironmentError(`not set: ${missing.map((key) => environmentNames[key]).join(', ')}`);
  return Object.fromEntries(keys.map((key) => [key, source[environmentNames[key]]])) as Record<K, string>;
}

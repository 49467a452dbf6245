import type { TestProject } from 'vitest/node';
import { type OwnSystem, withOwnSystem } from '../../local/supervisor/own-system.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    system: OwnSystem;
  }
}

/** Starts the system with the sample newsroom, as `npm start` does, and stops it after the last test. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let stop: () => void = () => {};
  const stopping = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const started = Promise.withResolvers<OwnSystem>();
  const running = withOwnSystem({ instance: 'test', basePort: 5500, withSamples: true }, async (system) => {
    started.resolve(system);
    await stopping;
  });
  running.catch(started.reject);
  project.provide('system', await started.promise);
  return async () => {
    stop();
    await running;
  };
}

import path from 'node:path';
import { places } from '../../setup/places.ts';

/** One whole system on this machine: a folder of its own and a run of ports, so that several live side by side. */
export interface Instance {
  name: string;
  directory: string;
  ports: Ports;
}

export interface Ports {
  emulator: number;
  models: number;
  torchServe: number;
  vectorIndex: number;
  openSearch: number;
  page: number;
  captions: number;
}

export const defaultBasePort = 4500;

export function instanceOf(name: string, basePort: number): Instance {
  return {
    name,
    directory: path.join(places.workshop, 'instances', name),
    ports: {
      emulator: basePort,
      models: basePort + 10,
      torchServe: basePort + 11,
      vectorIndex: basePort + 20,
      openSearch: basePort + 21,
      page: basePort + 30,
      captions: basePort + 40,
    },
  };
}

export const addresses = (instance: Instance) => ({
  emulator: `http://127.0.0.1:${instance.ports.emulator}`,
  models: `http://127.0.0.1:${instance.ports.models}`,
  vectorIndex: `http://127.0.0.1:${instance.ports.vectorIndex}`,
  openSearch: `http://127.0.0.1:${instance.ports.openSearch}`,
  page: `http://127.0.0.1:${instance.ports.page}`,
  captions: `http://127.0.0.1:${instance.ports.captions}`,
});

/** Where Lambdas find what they call. */
export type LambdaSide = Record<'emulator' | 'vectorIndex' | 'captions', string>;

/** Ports on which a proxy may stand between the Lambdas and what they call. */
export const proxyPorts = ({ ports }: Instance): Record<keyof LambdaSide, number> => ({
  emulator: ports.emulator + 1,
  vectorIndex: ports.vectorIndex + 2,
  captions: ports.captions + 1,
});

/** @param isProxied whether something listens on the proxy's ports that passes calls on. */
export function lambdaSide(instance: Instance, { isProxied }: { isProxied: boolean }): LambdaSide {
  if (!isProxied) return addresses(instance);
  const { emulator, vectorIndex, captions } = proxyPorts(instance);
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  return { emulator: at(emulator), vectorIndex: at(vectorIndex), captions: at(captions) };
}

/** What every AWS client needs to reach the emulator and nothing else. */
export const emulatorEnvironment = (instance: Instance): Record<string, string> => ({
  AWS_ENDPOINT_URL: addresses(instance).emulator,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
});

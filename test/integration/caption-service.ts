import type { AddressInfo } from 'node:net';
import { createCaptionApi } from '../../local/captions/caption-api.ts';

export interface CaptionService {
  address: string;
  stop(): void;
}

/** The local caption service, which counts what it charges, on a port of its own. */
export async function startCaptionService(): Promise<CaptionService> {
  const api = createCaptionApi();
  await new Promise<void>((ready) => api.listen(0, '127.0.0.1', ready));
  return {
    address: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    stop: () => {
      api.closeAllConnections();
      api.close();
    },
  };
}

import { type PageConfig, pageConfigSchema } from '../../../lambdas/contracts/api.ts';

let loading: Promise<PageConfig> | undefined;

/** The `config.json` that the deployment wrote beside the page. */
export function pageConfig(): Promise<PageConfig> {
  loading ??= fetch('/config.json', { cache: 'no-cache' })
    .then((answer) => {
      if (!answer.ok) throw new Error(`config.json answered ${answer.status}`);
      return answer.json() as Promise<unknown>;
    })
    .then((content) => pageConfigSchema.parse(content));
  return loading;
}

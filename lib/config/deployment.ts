import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type EndpointName, modelPackageSchema } from '../../lambdas/contracts/models.ts';
import { environments } from './environments.ts';
import { localCaptions } from './local.ts';
import { archiveFile, type DeployedModel, withArchive } from './model-archives.ts';
import { type Environment, environmentNameSchema, environmentSchema } from './schema.ts';

export const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

/** One environment and the files that its stacks carry. */
export interface Deployment {
  readonly environment: Environment;
  readonly packages: Readonly<Record<EndpointName, DeployedModel>>;
  /** What `models.embedNext` names, where there is one. */
  readonly nextEmbedPackage?: DeployedModel;
  /** The built page, or undefined where only the local back end is wanted. */
  readonly pageFolder: string | undefined;
  readonly sharpLayerFolder: string;
  readonly ffmpegLayerFolder: string;
  readonly relatedWordsLayerFolder: string;
}

/** Something the deployment needs is not there or does not fit; the message says what to do. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
}

/** The switches of `cdk -c name=value`. */
const contextSchema = z.object({
  env: environmentNameSchema.default('dev'),
  pageOrigin: z.string().optional(),
  emulatorEndpoint: z.string().optional(),
  /** Where a caption API runs beside the emulator, up to and without `/chat/completions`. */
  captionApi: z.string().optional(),
  /** A package that the local environment serves as `models.embedNext`. */
  embedNext: z.string().optional(),
  /** A folder, or `none` for the local back end without its page. */
  webDist: z.string().default('web/dist'),
  layers: z.string().default('.wirescope/layers'),
  /** Where the model archives were built. */
  modelArchives: z.string().default('.wirescope/models'),
});

/**
 * Reads the environment that `-c env=` names.
 * @param context looks up one value of the CDK context
 * @param account the account of CDK_DEFAULT_ACCOUNT, used where the environment names none of its own
 * @throws DeploymentError where a switch, a setting or a folder is wrong
 */
export function readDeployment(context: (name: string) => unknown, account?: string): Deployment {
  const switches = parsed(
    contextSchema,
    Object.fromEntries(Object.keys(contextSchema.shape).map((name) => [name, context(name)])),
    'the -c switches',
  );
  const written = environments[switches.env];
  const isLocal = switches.env === 'local';
  const environment = parsed(
    environmentSchema,
    {
      ...written,
      ...(written.account === undefined && account !== undefined ? { account } : {}),
      ...(isLocal && switches.pageOrigin ? { pageOrigins: [switches.pageOrigin] } : {}),
      ...(isLocal && switches.emulatorEndpoint ? { emulatorEndpoint: switches.emulatorEndpoint } : {}),
      ...(isLocal && switches.captionApi ? { captions: localCaptions(switches.captionApi) } : {}),
      ...(isLocal && switches.embedNext ? { models: withNextEmbed(switches.embedNext) } : {}),
    },
    `lib/config/${switches.env}.ts`,
  );
  const layers = path.resolve(root, switches.layers);
  const { embedNext } = environment.models;
  const archives = path.resolve(root, switches.modelArchives);
  const deployed = (endpoint: EndpointName, name: string): DeployedModel => {
    const model = readModelPackage(endpoint, name);
    return withArchive(model, archiveFile(archives, model, environment.name));
  };
  return {
    environment,
    ...(embedNext === undefined ? {} : { nextEmbedPackage: deployed('embed', embedNext.package) }),
    packages: {
      shots: deployed('shots', environment.models.shots.package),
      embed: deployed('embed', environment.models.embed.package),
      entities: deployed('entities', environment.models.entities.package),
      rerank: deployed('rerank', environment.models.rerank.package),
    },
    pageFolder: pageFolder(switches.webDist, isLocal),
    sharpLayerFolder: needed(path.join(layers, 'sharp'), 'npm run setup'),
    ffmpegLayerFolder: needed(path.join(layers, 'ffmpeg'), 'npm run setup'),
    relatedWordsLayerFolder: needed(path.join(layers, 'related-words'), 'npm run setup'),
  };
}

function withNextEmbed(packageName: string) {
  const { models } = environments.local;
  return { ...models, embedNext: { ...models.embed, package: packageName } };
}

function pageFolder(folder: string, isLocal: boolean): string | undefined {
  if (folder === 'none' && isLocal) return undefined;
  return needed(path.resolve(root, folder), 'npm run build:web');
}

function needed(folder: string, command: string): string {
  if (!existsSync(folder)) throw new DeploymentError(`${folder} does not exist: run \`${command}\` and try again.`);
  return folder;
}

function readModelPackage(endpoint: EndpointName, name: string) {
  const file = path.join(root, 'model-packaging', 'models', name, 'model.json');
  if (!existsSync(file))
    throw new DeploymentError(`the ${endpoint} endpoint names the package ${name}, but there is no ${file}.`);
  const model = parsed(modelPackageSchema, JSON.parse(readFileSync(file, 'utf8')), file);
  if (model.endpoint !== endpoint)
    throw new DeploymentError(`${name} serves the endpoint ${model.endpoint}, so it cannot serve ${endpoint}.`);
  return model;
}

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new DeploymentError(`${where}: ${z.prettifyError(result.error)}`);
}

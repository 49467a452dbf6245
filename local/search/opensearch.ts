import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export { installOpenSearch, OpenSearchInstallError } from './install.ts';

const searchNode = path.join(path.dirname(fileURLToPath(import.meta.url)), 'SearchNode.java');

export interface Command {
  program: string;
  args: string[];
  env: Record<string, string>;
}

/** Measured: 20,000 documents of 384 dimensions take 650 MB of the process with this heap. */
const defaultHeapMebibytes = 512;

/**
 * How to start one node on loopback, security off: only the facade in front of it is meant to be talked to.
 * Writes the node's settings below `dataDirectory`, where its documents stay from one start to the next.
 * The node answers on `port`, or ends where that is taken.
 */
export function openSearchCommand(options: {
  directory: string;
  dataDirectory: string;
  port: number;
  heapMebibytes?: number;
}): Command {
  const heapMebibytes = options.heapMebibytes ?? defaultHeapMebibytes;
  const home = path.resolve(options.dataDirectory);
  const settingsDirectory = path.join(home, 'config');
  mkdirSync(settingsDirectory, { recursive: true });
  writeFileSync(path.join(settingsDirectory, 'opensearch.yml'), settings);
  const directory = path.resolve(options.directory);
  const classPath = [path.join(directory, 'jars', '*'), path.join(directory, 'knn', '*')].join(path.delimiter);
  return {
    program: 'java',
    args: [
      `-Xms${heapMebibytes}m`,
      `-Xmx${heapMebibytes}m`,
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-Dopensearch.set.netty.runtime.available.processors=false',
      '-cp',
      classPath,
      searchNode,
      ...['-basePath', home],
      ...['-confPath', settingsDirectory],
      ...['-dataPath', path.join(home, 'documents')],
      ...['-logsPath', path.join(home, 'logs')],
      ...['-numOfNode', '1'],
      // The runner counts its nodes from 1 and adds that number to the base.
      ...['-baseHttpPort', String(options.port - 1)],
      ...['-clusterName', 'wirescope-local'],
      ...['-indexStoreType', 'niofs'],
      ...['-pluginTypes', 'org.opensearch.knn.plugin.KNNPlugin'],
    ],
    env: {},
  };
}

/** The disk watermarks would make a laptop's full disk look like a broken index. */
const settings = [
  'network.host: 127.0.0.1',
  'discovery.type: single-node',
  'action.auto_create_index: false',
  'cluster.routing.allocation.disk.threshold_enabled: false',
  '',
].join('\n');

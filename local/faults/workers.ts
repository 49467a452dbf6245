import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The emulator's process of one Lambda function. */
export interface Worker {
  processId: number;
  functionName: string;
}

/** Where the emulator unpacks a worker; the function's name stands in the folder's. */
const workerPath = /\/ministack-lambda-(.+)-[A-Za-z0-9_]{8}\/_worker\.js$/;
/** CloudFormation's name of a function ends in hashes of its own. */
const nameHashes = /(Function)?[0-9A-F]{8}-[0-9A-Za-z]+$/;
const localPortColumn = 1;
const remotePortColumn = 2;
const inodeColumn = 9;

/**
 * Finds the Lambda worker at the other end of a loopback connection, from Linux's /proc.
 * @param port its own port of the connection; `toPort` the one it connected to.
 * @returns undefined where the connection is no worker's.
 */
export function workerBehind({ port, toPort }: { port: number; toPort: number }): Worker | undefined {
  const inode = socketInode(port, toPort);
  return inode === undefined ? undefined : workers().find(({ processId }) => holdsSocket(processId, inode));
}

/** Every worker that runs. */
export function workers(): Worker[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const script = commandLine(name).find((word) => workerPath.test(word));
      const functionName = workerPath.exec(script ?? '')?.[1];
      return functionName === undefined
        ? []
        : [{ processId: Number(name), functionName: functionName.replace(nameHashes, '') }];
    });
}

function socketInode(port: number, toPort: number): string | undefined {
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/);
    if (portIn(columns[localPortColumn]) === port && portIn(columns[remotePortColumn]) === toPort)
      return columns[inodeColumn];
  }
  return undefined;
}

const portIn = (address: string | undefined): number => Number.parseInt(address?.split(':')[1] ?? '', 16);

function commandLine(processId: string): string[] {
  try {
    return readFileSync(`/proc/${processId}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // It ended between the listing and the reading.
  }
}

function holdsSocket(processId: number, inode: string): boolean {
  try {
    const folder = `/proc/${processId}/fd`;
    return readdirSync(folder).some((descriptor) => readlink(`${folder}/${descriptor}`) === `socket:[${inode}]`);
  } catch {
    return false;
  }
}

function readlink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

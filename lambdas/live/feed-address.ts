import { existsSync } from 'node:fs';

/** The feed's address cannot be used; the message says what to write instead and holds no credentials. */
export class FeedAddressError extends Error {
  override readonly name = 'FeedAddressError';
}

export interface FeedAddress {
  /** What ffmpeg opens. May hold credentials: never to be logged. */
  url: string;
  /** The same for people: scheme, host and path, without user, password and parameters. */
  display: string;
  /** Options before `-i`. */
  inputOptions: readonly string[];
  /** A file ends; a feed is read again when it ends. */
  isFile: boolean;
  /** Comes in segments of seconds, so that silence between them is no sign of a fault. */
  isSegmented: boolean;
}

/** Demuxers by ffmpeg's names: no playlist but HLS, no concat script, no image sequence. */
const containers = 'mov,mp4,mxf,matroska,webm,mpegts';
const quickStart = ['-analyzeduration', '1500000', '-probesize', '2000000', '-fflags', '+nobuffer'];
/** HLS decrypts its segments through `crypto`, which reaches nothing by itself. */
const schemes: Readonly<Record<string, { protocols: string; formats: string; options?: readonly string[] }>> = {
  'http:': { protocols: 'http,tcp,crypto', formats: `hls,flv,${containers}` },
  'https:': { protocols: 'https,tls,tcp,crypto', formats: `hls,flv,${containers}` },
  'rtmp:': { protocols: 'rtmp,tcp', formats: 'flv', options: quickStart },
  'rtmps:': { protocols: 'rtmps,tls,tcp', formats: 'flv', options: quickStart },
  'srt:': { protocols: 'srt', formats: 'mpegts', options: quickStart },
  'udp:': { protocols: 'udp', formats: 'mpegts', options: quickStart },
  'tcp:': { protocols: 'tcp', formats: 'mpegts', options: quickStart },
  'rtsp:': {
    protocols: 'rtsp,rtp,tcp',
    formats: 'rtsp,rtp',
    options: [...quickStart, '-rtsp_transport', 'tcp'],
  },
};
const known = Object.keys(schemes).map((scheme) => `${scheme}//`);

/**
 * Reads a feed's address. The protocols of its own scheme are all that ffmpeg may speak, whatever the feed says.
 * @throws FeedAddressError
 */
export function parseFeedAddress(text: string): FeedAddress {
  const address = text.trim();
  if (!/^[a-z][a-z0-9+.-]+:/i.test(address) || address.startsWith('file:')) return fileAddress(address);
  const url = parsedUrl(address);
  const scheme = schemes[url.protocol];
  if (scheme === undefined)
    throw new FeedAddressError(
      `A feed cannot be read by ${url.protocol}//. Give a file, or an address that begins with ${known.join(', ')}.`,
    );
  if (url.hostname === '') throw new FeedAddressError(`The feed's ${url.protocol}// address names no host.`);
  return {
    url: address,
    display: `${url.protocol}//${url.host}${url.pathname}`,
    inputOptions: [
      ...['-protocol_whitelist', scheme.protocols, '-format_whitelist', scheme.formats],
      ...(scheme.options ?? []),
    ],
    isFile: false,
    isSegmented: url.protocol.startsWith('http'),
  };
}

function parsedUrl(address: string): URL {
  try {
    return new URL(address);
  } catch {
    // The text itself stays out of the message: it may hold a password.
    throw new FeedAddressError('The feed is neither a file nor an address like udp://127.0.0.1:5000.');
  }
}

function fileAddress(address: string): FeedAddress {
  const path = address.replace(/^file:(\/\/)?/, '');
  if (!existsSync(path))
    // The text itself stays out of the message: it may be an address with a password and a slip of the pen.
    throw new FeedAddressError('The feed is no file that is there, and no address with a scheme like udp:// either.');
  return {
    url: `file:${path}`,
    display: path.split('/').at(-1) ?? path,
    // At its own pace: the file stands for a feed.
    inputOptions: ['-re', '-protocol_whitelist', 'file', '-format_whitelist', containers],
    isFile: true,
    isSegmented: false,
  };
}

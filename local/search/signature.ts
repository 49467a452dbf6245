import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

export interface SignedRequest {
  method: string;
  url: URL;
  headers: IncomingHttpHeaders;
  body: Buffer;
}
export interface Signer {
  /** The emulator signs as its account inside Lambdas and as `test` outside; the secret is the same. */
  accessKeyIds: readonly string[];
  secretAccessKey: string;
  region: string;
}

const service = 'aoss';
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
const maxClockSkewMilliseconds = 5 * 60 * 1000;
const authorization =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** Checks a request as OpenSearch Serverless does. @returns what is wrong with it, or undefined. */
export async function signatureFault(request: SignedRequest, signer: Signer): Promise<string | undefined> {
  const parts = authorization.exec(request.headers.authorization ?? '');
  if (!parts) return 'Missing or malformed Authorization header';
  const [, accessKeyId = '', region = '', scope = '', signedHeaders = '', signature = ''] = parts;
  if (!signer.accessKeyIds.includes(accessKeyId)) return 'The security token included in the request is invalid';
  if (scope !== service) return `Credential should be scoped to correct service: '${service}'`;
  if (region !== signer.region) return 'Credential should be scoped to a valid region';
  const payloadHash = request.headers['x-amz-content-sha256'];
  if (typeof payloadHash !== 'string') return 'The header x-amz-content-sha256 is required';
  if (payloadHash !== 'UNSIGNED-PAYLOAD' && payloadHash !== createHash('sha256').update(request.body).digest('hex'))
    return 'The payload does not match x-amz-content-sha256';
  const signedAt = signingDate(request.headers['x-amz-date']);
  if (!signedAt || Math.abs(Date.now() - signedAt.getTime()) > maxClockSkewMilliseconds) return 'Signature expired';
  const expected = await sign(request, signer, signedHeaders.split(';'), signedAt);
  return timingSafeEqual(Buffer.from(expected), Buffer.from(signature))
    ? undefined
    : 'The request signature we calculated does not match the signature you provided';
}

function signingDate(header: string | string[] | undefined): Date | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(header ?? ''));
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

async function sign(
  { method, url, headers, body }: SignedRequest,
  { accessKeyIds, secretAccessKey, region }: Signer,
  signedHeaders: string[],
  signedAt: Date,
): Promise<string> {
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value];
  const kept = signedHeaders.map((name): [string, string] => [name, String(headers[name] ?? '')]);
  // The key's id is no part of what is signed, only its secret is.
  const [accessKeyId = ''] = accessKeyIds;
  const signer = new SignatureV4({ credentials: { accessKeyId, secretAccessKey }, region, service, sha256: Sha256 });
  const signed = await signer.sign(
    {
      method,
      protocol: 'https:',
      hostname: url.hostname,
      path: decodeURIComponent(url.pathname),
      query,
      headers: { ...Object.fromEntries(kept), 'x-amz-content-sha256': String(headers['x-amz-content-sha256']) },
      body,
    },
    { signingDate: signedAt, signableHeaders: new Set(signedHeaders) },
  );
  return /Signature=([0-9a-f]{64})$/.exec(signed.headers['authorization'] ?? '')?.[1] ?? '0'.repeat(64);
}

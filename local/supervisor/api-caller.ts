import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { createUploadResponseSchema, type SearchResponse, searchResponseSchema } from '../../lambdas/contracts/api.ts';
import { signIn } from './demo-editor.ts';

/** Somebody at the API with the demo editor's session: what the page does, without the page. */
export class ApiCaller {
  private readonly apiUrl: string;
  private readonly clientId: string;
  private token: { value: string; until: number } | undefined;

  constructor(apiUrl: string, clientId: string) {
    this.apiUrl = apiUrl.replace(/\/$/, '');
    this.clientId = clientId;
  }

  private async authorization(): Promise<string> {
    if (!this.token || this.token.until < Date.now())
      this.token = { value: await signIn(this.clientId), until: Date.now() + 120_000 };
    return `Bearer ${this.token.value}`;
  }

  async call(path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.apiUrl}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: await this.authorization(), 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async read<S extends z.ZodType>(schema: S, path: string, body?: unknown): Promise<z.infer<S>> {
    const answer = await this.call(path, body);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return schema.parse(await answer.json());
  }

  search(parameters: Record<string, string>): Promise<SearchResponse> {
    return this.read(searchResponseSchema, `/search?${new URLSearchParams(parameters)}`);
  }

  /** The page's upload: ask where to, then PUT the bytes there. @returns the key under which the file arrives. */
  async upload(file: string, upload: { fileName: string; desk: string; batch: string }): Promise<string> {
    const bytes = await readFile(file);
    const target = await this.read(createUploadResponseSchema, '/uploads', { ...upload, bytes: bytes.length });
    const answer = await fetch(target.url, { method: 'PUT', headers: target.headers, body: bytes });
    if (!answer.ok)
      throw new Error(
        `the store answered ${answer.status} to the upload of ${upload.fileName}: ${await answer.text()}`,
      );
    return target.key;
  }
}

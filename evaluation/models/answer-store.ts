import { createHash } from 'node:crypto';
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { type EntitySpan, entitySpanSchema } from '../../lambdas/contracts/models.ts';

/** What a model said of texts, kept on disk as it is said, so that work which was cut off goes on where it was. */
export interface AnswerStore<Answer> {
  has(text: string): boolean;
  /** @throws Error for a text that was never kept */
  get(text: string): Answer;
  keep(texts: readonly string[], answers: readonly Answer[]): void;
  close(): void;
}

const hashBytes = 32;
const floatBytes = 4;
const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Vectors as records of a text's SHA-256 and `dimension` little-endian 32-bit floats. */
export class VectorStore implements AnswerStore<number[]> {
  readonly #dimension: number;
  readonly #file: number;
  readonly #vectors = new Map<string, Buffer>();

  constructor(file: string, dimension: number) {
    this.#dimension = dimension;
    this.#file = openForAppending(file);
    const recordBytes = hashBytes + dimension * floatBytes;
    const kept = readFileSync(file);
    const whole = kept.length - (kept.length % recordBytes);
    // A record that was cut off in the middle would shift all that follow.
    if (whole < kept.length) ftruncateSync(this.#file, whole);
    for (let at = 0; at < whole; at += recordBytes)
      this.#vectors.set(kept.toString('latin1', at, at + hashBytes), kept.subarray(at + hashBytes, at + recordBytes));
  }

  has(text: string): boolean {
    return this.#vectors.has(hashOf(text).toString('latin1'));
  }

  get(text: string): number[] {
    const floats = this.#vectors.get(hashOf(text).toString('latin1'));
    if (floats === undefined) throw new Error(`no vector is kept for "${text.slice(0, 40)}"`);
    return Array.from({ length: this.#dimension }, (_, index) => floats.readFloatLE(index * floatBytes));
  }

  keep(texts: readonly string[], answers: readonly number[][]): void {
    const records = texts.map((text, index) => {
      const floats = Buffer.alloc(this.#dimension * floatBytes);
      const vector = answers[index] ?? [];
      if (vector.length !== this.#dimension) throw new Error(`a vector has ${vector.length} numbers`);
      for (const [place, value] of vector.entries()) floats.writeFloatLE(value, place * floatBytes);
      const hash = hashOf(text);
      this.#vectors.set(hash.toString('latin1'), floats);
      return Buffer.concat([hash, floats]);
    });
    writeSync(this.#file, Buffer.concat(records));
  }

  close(): void {
    closeSync(this.#file);
  }
}

const spanLineSchema = z.tuple([z.string(), z.array(entitySpanSchema)]);

/** Entity spans as lines of a text's SHA-256 and its spans. */
export class SpanStore implements AnswerStore<EntitySpan[]> {
  readonly #file: number;
  readonly #spans = new Map<string, EntitySpan[]>();

  constructor(file: string) {
    this.#file = openForAppending(file);
    const kept = readFileSync(file, 'utf8');
    const whole = kept.slice(0, kept.lastIndexOf('\n') + 1);
    if (whole.length < kept.length) ftruncateSync(this.#file, Buffer.byteLength(whole));
    for (const line of whole.split('\n')) {
      if (line === '') continue;
      const [hash, spans] = spanLineSchema.parse(JSON.parse(line));
      this.#spans.set(hash, spans);
    }
  }

  has(text: string): boolean {
    return this.#spans.has(hashOf(text).toString('hex'));
  }

  get(text: string): EntitySpan[] {
    const spans = this.#spans.get(hashOf(text).toString('hex'));
    if (spans === undefined) throw new Error(`no entities are kept for "${text.slice(0, 40)}"`);
    return spans;
  }

  keep(texts: readonly string[], answers: readonly EntitySpan[][]): void {
    const lines = texts.map((text, index) => {
      const hash = hashOf(text).toString('hex');
      const spans = answers[index] ?? [];
      this.#spans.set(hash, spans);
      return `${JSON.stringify([hash, spans])}\n`;
    });
    writeSync(this.#file, lines.join(''));
  }

  close(): void {
    closeSync(this.#file);
  }
}

function openForAppending(file: string): number {
  mkdirSync(path.dirname(file), { recursive: true });
  if (existsSync(file) && !statSync(file).isFile()) throw new Error(`${file} is not a file`);
  return openSync(file, 'a');
}

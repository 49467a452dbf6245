/** What TransNetV2 sees: 48 x 27 pixels of RGB, row by row. */
export const frameSize = { width: 48, height: 27, bytes: 48 * 27 * 3 } as const;

/** Cuts a stream of raw pictures into pictures of so many bytes; a torn last one is dropped. */
export async function* splitFrames(stream: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let frame = Buffer.allocUnsafe(bytes);
  let filled = 0;
  for await (const chunk of stream) {
    let offset = 0;
    while (offset < chunk.length) {
      const copied = chunk.copy(frame, filled, offset, offset + bytes - filled);
      offset += copied;
      filled += copied;
      if (filled === bytes) {
        yield frame;
        frame = Buffer.allocUnsafe(bytes);
        filled = 0;
      }
    }
  }
}

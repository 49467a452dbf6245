/** A picture of 640 pixels has tens of kilobytes; what grows beyond this has lost its end mark. */
const mostPictureBytes = 4 * 1024 * 1024;

/** The pictures cannot be told apart any more. */
export class PictureStreamError extends Error {
  override readonly name = 'PictureStreamError';
}

/**
 * Cuts JPEGs that follow each other in a stream at their end marks (ITU-T T.81, B.1.1.3: within entropy-coded data no
 * FF is followed by D9, and ffmpeg writes no thumbnail that would carry a mark of its own).
 * @throws PictureStreamError
 */
export async function* splitJpegs(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let bytes = 0;
  let endsInMark = false;
  for await (const chunk of stream) {
    let from = 0;
    let search = 0;
    if (endsInMark && chunk[0] === 0xd9) {
      yield Buffer.concat([...parts, chunk.subarray(0, 1)]);
      parts = [];
      bytes = 0;
      from = 1;
      search = 1;
    }
    for (let at = chunk.indexOf('ffd9', search, 'hex'); at >= 0; at = chunk.indexOf('ffd9', from, 'hex')) {
      yield Buffer.concat([...parts, chunk.subarray(from, at + 2)]);
      parts = [];
      bytes = 0;
      from = at + 2;
    }
    if (from < chunk.length) {
      parts.push(chunk.subarray(from));
      bytes += chunk.length - from;
    }
    endsInMark = from < chunk.length && chunk.at(-1) === 0xff;
    if (bytes > mostPictureBytes) throw new PictureStreamError(`a picture of more than ${mostPictureBytes} bytes`);
  }
}

/** What TransNetV2 sees: 48 x 27 pixels of RGB, row by row. */
export const frameSize = { width: 48, height: 27, bytes: 48 * 27 * 3 } as const;

/** Lines of a picture that a scaled line is made from: with ten a small frame is nearly what it is with all. */
const linesForOne = 10;
/** Every fourth line saves nearly all there is; of every eighth fine patterns make other small frames. */
const mostHalvings = 2;
const canHalve = (lines: number): boolean => lines / 2 >= linesForOne * frameSize.height;

/**
 * ffmpeg's filters from a decoded picture to a small frame. Of high pictures every second or fourth line is scaled: a
 * field is a view of its picture, so that the lines left out are never read.
 * @param height of the picture as shown, in lines.
 */
export function smallFrameFilters(height: number): string[] {
  const fields: string[] = [];
  // In turn, so that what is left lies about the picture's middle.
  for (let lines = height; fields.length < mostHalvings && canHalve(lines); lines /= 2)
    fields.push(fields.length % 2 === 0 ? 'field=top' : 'field=bottom');
  return [...fields, `scale=${frameSize.width}:${frameSize.height}:flags=bicubic`, 'format=rgb24'];
}

/**
 * Options before `-i` that spare a decoder what a small frame does not show. High pictures of H.264 that no other one
 * needs keep the edges of their blocks: an error can neither grow nor spread, smoothing leaves the mean of what it
 * smooths as it is, and a pixel of a small frame is made from a hundred and more. HEVC's filter moves means as well and
 * stays. Not for pictures that people look at in full.
 * @param height as `smallFrameFilters` has it; `codec` by ffmpeg's name.
 */
export const smallFrameDecoderOptions = ({ height, codec }: { height: number; codec: string }): string[] =>
  codec === 'h264' && canHalve(height) ? ['-skip_loop_filter', 'noref'] : [];

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

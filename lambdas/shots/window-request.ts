const head = Buffer.from('{"signature_name":"serving_bytes","inputs":{"windows":[');
const tail = Buffer.from(']}}');

/**
 * The request of contracts/models.ts, piece by piece, so that no more than one window is held.
 * @param windows raw bytes of one window each
 */
export async function* windowRequest(windows: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  let isFirst = true;
  for await (const window of windows) {
    yield Buffer.from(`${isFirst ? '' : ','}{"b64":"${window.toString('base64')}"}`, 'latin1');
    isFirst = false;
  }
  yield tail;
}

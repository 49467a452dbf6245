import { describe, expect, it } from 'vitest';
import { FeedAddressError, parseFeedAddress } from '../../../lambdas/live/feed-address.ts';

const optionOf = (address: string, option: string): string | undefined => {
  const { inputOptions } = parseFeedAddress(address);
  return inputOptions[inputOptions.indexOf(option) + 1];
};

describe('the address of a feed', () => {
  it.each([
    ['udp://127.0.0.1:5000', 'udp'],
    ['srt://127.0.0.1:5000?passphrase=secret', 'srt'],
    ['rtmp://127.0.0.1/live/a', 'rtmp,tcp'],
    ['rtmps://example.com/live/a', 'rtmps,tls,tcp'],
    ['https://example.com/a.m3u8', 'https,tls,tcp,crypto'],
    ['http://example.com/a.m3u8', 'http,tcp,crypto'],
  ])('%s may speak %s and nothing else', (address, protocols) => {
    expect(optionOf(address, '-protocol_whitelist')).toBe(protocols);
  });

  it('never lets a feed name a file of this machine', () => {
    for (const scheme of ['http', 'https', 'rtmp', 'rtmps', 'srt', 'udp', 'tcp', 'rtsp'])
      expect(optionOf(`${scheme}://127.0.0.1:1/a`, '-protocol_whitelist')?.split(',')).not.toContain('file');
  });

  it('is a file at its own pace where it has no scheme', () => {
    const address = parseFeedAddress(import.meta.filename);
    expect(address).toMatchObject({ isFile: true, display: 'feed-address.test.ts' });
    expect(address.inputOptions[0]).toBe('-re');
  });

  it('is shown without what may be secret', () => {
    const { display } = parseFeedAddress('rtmp://reporter:hunter2@example.com:1935/live/a?token=abc');
    expect(display).toBe('rtmp://example.com:1935/live/a');
  });

  it.each(['gopher://example.com/1', 'concat:a|b', 'data:text/plain,x', 'reporter:hunter2@example.com', 'udp://', ''])(
    'is refused with a sentence that repeats no secret: "%s"',
    (address) => {
      expect(() => parseFeedAddress(address)).toThrow(FeedAddressError);
      expect(() => parseFeedAddress(address)).toThrow(/^(?!.*hunter2).{20,}$/);
    },
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText, storyType } from '../../../lambdas/admit/plain-text.ts';

const typeOf = (text: string) => storyType(text, { isWhole: true });

describe('decodeText', () => {
  it.each([
    ['UTF-8 with accents', Buffer.from('Ángela à Łódź'), 'Ángela à Łódź'],
    ['UTF-8 with a mark', Buffer.from('\ufeffText'), 'Text'],
    ['UTF-16 little-endian', Buffer.from('\ufeffText', 'utf16le'), 'Text'],
    ['UTF-16 big-endian', Buffer.from('\ufeffText', 'utf16le').swap16(), 'Text'],
  ])('reads %s', (_, bytes, text) => {
    expect(decodeText(bytes, { isCutOff: false })).toBe(text);
  });

  it.each([
    ['Latin-1', Buffer.from('Müller', 'latin1')],
    ['a NUL', Buffer.from('a\0b')],
    ['an escape sequence', Buffer.from('a\u001b[31mb')],
    ['UTF-16 without a mark', Buffer.from('Text', 'utf16le')],
    ['a character cut in two', Buffer.from('é').subarray(0, 1)],
  ])('takes %s for bytes, not text', (_, bytes) => {
    expect(decodeText(bytes, { isCutOff: false })).toBeUndefined();
  });

  it('allows a character cut in two where more bytes follow', () => {
    expect(decodeText(Buffer.from('aé').subarray(0, 2), { isCutOff: true })).toBe('a');
  });
});

describe('storyType', () => {
  const ninjs = { uri: 'urn:example:1', headline: 'Harbour opens' };
  it.each([
    ['prose', 'BMW unveils a car', 'text/plain'],
    ['a headline in brackets', '[Updated] The harbour opens', 'text/plain'],
    ['prose in braces', '{embargoed until noon} The harbour opens', 'text/plain'],
    ['a caption about files', 'File photo of the harbour/port, taken in May', 'text/plain'],
    ['a comparison', '<3 is how fans signed it', 'text/plain'],
    ['a page', '<!DOCTYPE html><title>x</title><p>Words', 'text/html'],
    ['a fragment', '\n  <p>Words</p>', 'text/html'],
    ['a page behind a comment', '<!-- desk --><article>Words</article>', 'text/html'],
    ['XHTML', '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', 'text/html'],
    ['ninjs 2', JSON.stringify({ ...ninjs, version: '2' }), 'application/json'],
    ['ninjs 3', JSON.stringify({ uri: 'u', headlines: [{ value: 'x' }], bodies: [] }), 'application/json'],
  ])('tells %s by its structure', (_, text, type) => {
    expect(typeOf(text)).toBe(type);
  });

  it.each([
    ['an HLS playlist', '#EXTM3U\n#EXTINF:9,\nhttp://internal/secret.ts', /playlist/],
    ['an HLS playlist behind blanks', '\n  #EXTM3U\n', /playlist/],
    ['a DASH manifest', '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">', /playlist/],
    ['an ffconcat list', 'ffconcat version 1.0\nfile /etc/passwd', /playlist/],
    ['a concat list', "# list\nfile '/etc/passwd'", /playlist/],
    ['a concat list without quotes', 'file a/b.mp4\nfile c.mp4', /playlist/],
    ['a PLS list', '[playlist]\nFile1=http://x', /playlist/],
    ['a session description', 'v=0\r\no=- 0 0 IN IP4 127.0.0.1', /playlist/],
    ['an address alone', 'rtsp://camera.internal/stream', /playlist/],
    ['SMIL', '<smil><body/></smil>', /playlist/],
    ['a PDF', '%PDF-1.7\n1 0 obj', /PDF/],
    ['RTF', '{\\rtf1 words}', /RTF/],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg"/>', /SVG/],
    ['SVG behind its prolog', '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "a" "b"><svg/>', /SVG/],
    ['NewsML', '<?xml version="1.0"?><newsItem xmlns="x"/>', /XML/],
    ['blanks', ' \n\t ', /no words/],
    ['JSON that breaks off', '{"uri": "urn:1", "headl', /broken/],
    ['JSON that is no story', '{"name": "configuration"}', /not a story/],
    ['a list', '[1, 2]', /not a story/],
    ['a sidecar without words', '{"uri": "urn:1", "pubstatus": "usable"}', /not a story/],
  ])('refuses %s with a sentence', (_, text, sentence) => {
    expect(() => typeOf(text)).toThrow(expect.objectContaining({ name: 'RefusedError' }));
    expect(() => typeOf(text)).toThrow(sentence);
  });

  it('answers any text with a type or a refusal, never with another error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        try {
          expect(['text/plain', 'text/html', 'application/json']).toContain(typeOf(text));
        } catch (error) {
          expect(error).toHaveProperty('name', 'RefusedError');
        }
      }),
    );
  });
});

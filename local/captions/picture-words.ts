import sharp from 'sharp';

const hues = ['red', 'orange', 'yellow', 'green', 'blue-green', 'blue', 'violet', 'pink'] as const;

function hueWord(red: number, green: number, blue: number): string {
  const highest = Math.max(red, green, blue);
  const span = highest - Math.min(red, green, blue);
  if (span < 24) return 'grey';
  const sixth =
    highest === red
      ? ((green - blue) / span + 6) % 6
      : highest === green
        ? (blue - red) / span + 2
        : (red - green) / span + 4;
  return hues[Math.round((sixth / 6) * hues.length) % hues.length] ?? 'grey';
}

/**
 * Says in one plain sentence what can be reckoned from the pixels themselves: tone, light, contrast, detail, format.
 * The same bytes always get the same words.
 * @throws Error where the bytes are no picture.
 */
export async function pictureWords(picture: Buffer, fingerprint: string): Promise<string> {
  const image = sharp(picture, { limitInputPixels: 64e6 });
  const [{ width, height }, { dominant, channels, entropy }] = await Promise.all([image.metadata(), image.stats()]);
  const mean = channels.slice(0, 3).reduce((sum, channel) => sum + channel.mean, 0) / Math.min(3, channels.length);
  const spread = channels[0]?.stdev ?? 0;
  const light = mean < 70 ? 'A dark scene' : mean < 150 ? 'A scene in even light' : 'A bright scene';
  const format = width > height ? 'wider than high' : width < height ? 'higher than wide' : 'square';
  const tone = hueWord(dominant.r, dominant.g, dominant.b);
  const contrast = spread < 40 ? 'soft contrast' : 'strong contrast';
  const detail = entropy < 6 ? 'large plain areas' : 'much fine detail';
  return `${light} in ${tone} tones, ${format}, with ${contrast} and ${detail}, frame ${fingerprint.slice(0, 6)}.`;
}

/**
 * What a picture costs in tokens: 85, and 170 for each tile of 512 pixels after the picture has been fitted into 2048
 * by 2048 and its shorter side brought down to 768.
 * https://platform.openai.com/docs/guides/images-vision#calculating-costs (gpt-4o, high detail)
 */
export function pictureTokens({ width, height }: { width: number; height: number }): number {
  const fit = Math.min(1, 2048 / Math.max(width, height));
  const shrink = Math.min(1, 768 / (Math.min(width, height) * fit));
  const tiles = (side: number): number => Math.ceil(Math.round(side * fit * shrink) / 512);
  return 85 + 170 * tiles(width) * tiles(height);
}

/** English text has about four characters a token. */
export const textTokens = (text: string): number => Math.ceil(text.length / 4);

export interface PictureUsage {
  /** Requests that showed this picture, answered or not. */
  calls: number;
  /** Answers that were charged for. */
  billed: number;
  promptTokens: number;
  completionTokens: number;
}

export interface Usage extends PictureUsage {
  /** By the SHA-256 of the picture as it was sent. */
  pictures: Record<string, PictureUsage>;
  /** Answers that no caption came of, by what stood in the way. */
  withheld: Record<string, number>;
}

const nothing = (): PictureUsage => ({ calls: 0, billed: 0, promptTokens: 0, completionTokens: 0 });

/** The provider's own count, against which a ledger of spending can be held. */
export class Meter {
  private readonly pictures = new Map<string, PictureUsage>();
  private readonly withheld = new Map<string, number>();

  called(picture: string): void {
    this.of(picture).calls += 1;
  }

  withheldFor(cause: string): void {
    this.withheld.set(cause, (this.withheld.get(cause) ?? 0) + 1);
  }

  billed(picture: string, tokens: { prompt: number; completion: number }): void {
    const usage = this.of(picture);
    usage.billed += 1;
    usage.promptTokens += tokens.prompt;
    usage.completionTokens += tokens.completion;
  }

  usage(): Usage {
    const total = [...this.pictures.values()].reduce(
      (sum, usage) => ({
        calls: sum.calls + usage.calls,
        billed: sum.billed + usage.billed,
        promptTokens: sum.promptTokens + usage.promptTokens,
        completionTokens: sum.completionTokens + usage.completionTokens,
      }),
      nothing(),
    );
    return { ...total, pictures: Object.fromEntries(this.pictures), withheld: Object.fromEntries(this.withheld) };
  }

  reset(): void {
    this.pictures.clear();
    this.withheld.clear();
  }

  private of(picture: string): PictureUsage {
    const usage = this.pictures.get(picture) ?? nothing();
    this.pictures.set(picture, usage);
    return usage;
  }
}

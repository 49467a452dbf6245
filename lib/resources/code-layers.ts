import { Code, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** What functions need beside their bundle: native programs and modules, a table. */
export function sharpLayer(scope: Construct, folder: string): LayerVersion {
  return new LayerVersion(scope, 'SharpLayer', {
    code: Code.fromAsset(folder),
    compatibleRuntimes: [Runtime.NODEJS_24_X],
    description: 'sharp and libvips for x86-64 Linux',
  });
}

export function ffmpegLayer(scope: Construct, folder: string): LayerVersion {
  return new LayerVersion(scope, 'FfmpegLayer', {
    code: Code.fromAsset(folder),
    compatibleRuntimes: [Runtime.NODEJS_24_X],
    description: 'ffmpeg and ffprobe, static builds for x86-64 Linux',
  });
}

export function relatedWordsLayer(scope: Construct, folder: string): LayerVersion {
  return new LayerVersion(scope, 'RelatedWordsLayer', {
    code: Code.fromAsset(folder),
    compatibleRuntimes: [Runtime.NODEJS_24_X],
    description: 'related words, made of WordNet',
  });
}

import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where set-up puts things. Everything that is downloaded or built lies below `.wirescope`, out of version control. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const workshop = path.join(root, '.wirescope');

export const places = {
  workshop,
  stamps: path.join(workshop, 'set-up'),
  python: path.join(workshop, 'python'),
  pythonBinary: path.join(workshop, 'python', 'bin', 'python'),
  downloads: path.join(workshop, 'downloads'),
  ffmpeg: path.join(workshop, 'tools', 'ffmpeg', 'ffmpeg'),
  ffprobe: path.join(workshop, 'tools', 'ffmpeg', 'ffprobe'),
  layers: path.join(workshop, 'layers'),
  relatedWords: path.join(workshop, 'layers', 'related-words', 'related-words.json.gz'),
  models: path.join(workshop, 'models'),
  openSearch: path.join(workshop, 'opensearch'),
  samples: path.join(workshop, 'samples'),
  pageBuild: path.join(root, 'web', 'dist'),
} as const;

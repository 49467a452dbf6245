import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeClip } from './clips.ts';

/** Moving, so that every frame is another picture; small, so that many kinds are made in seconds. */
const source = (seconds: number, { rate = '25', size = '192x108' } = {}) => [
  '-f',
  'lavfi',
  '-i',
  `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`,
];
const x264 = (options: string) => ['-c:v', 'libx264', '-preset', 'ultrafast', '-x264-params', options];

/** What clips are made of, by file name: options of ffmpeg without the file, which may be made from another clip. */
type Recipe = string[] | { from: string; input?: string[]; options: string[] } | { cutBytes: string; from: number };

const long = 10;
const recipes: Record<string, Recipe> = {
  'constant-rate.mp4': [...source(long), ...x264('keyint=30')],
  'b-frames.mp4': [...source(long), ...x264('keyint=45:bframes=3:b-adapt=0:b-pyramid=normal')],
  'b-frames.mkv': { from: 'b-frames.mp4', options: ['-c', 'copy'] },
  'b-frames.ts': { from: 'b-frames.mp4', options: ['-c', 'copy'] },
  'open-gop.mp4': [...source(long), ...x264('keyint=40:min-keyint=40:scenecut=0:bframes=3:b-adapt=0:open-gop=1')],
  'open-gop.ts': { from: 'open-gop.mp4', options: ['-c', 'copy'] },
  'open-gop.mkv': { from: 'open-gop.mp4', options: ['-c', 'copy'] },
  'intra-refresh.mp4': [...source(long), ...x264('keyint=50:intra-refresh=1:bframes=0')],
  'variable-rate.mp4': [
    ...source(long),
    ...['-vf', "settb=1/12800,setpts='(N+mod(N*N,7)/9)/25/TB'", '-fps_mode', 'passthrough'],
    ...x264('keyint=60:bframes=2:b-adapt=0'),
  ],
  'variable-rate.mkv': { from: 'variable-rate.mp4', options: ['-c', 'copy'] },
  'two-frames-at-a-time.mkv': {
    from: 'mjpeg.avi',
    options: ['-c', 'copy', '-bsf:v', "setts=pts='floor(N/2)*2':dts='floor(N/2)*2'"],
  },
  'edit-list.mp4': { from: 'open-gop.mp4', input: ['-ss', '2.3'], options: ['-c', 'copy'] },
  'edit-list-b-frames.mov': { from: 'b-frames.mp4', input: ['-ss', '3.1'], options: ['-c', 'copy'] },
  'start-offset.mp4': { from: 'b-frames.mp4', options: ['-c', 'copy', '-output_ts_offset', '7.7'] },
  'start-offset.ts': { from: 'open-gop.mp4', options: ['-c', 'copy', '-output_ts_offset', '3600.25'] },
  'start-offset.mkv': { from: 'b-frames.mp4', options: ['-c', 'copy', '-output_ts_offset', '12.5'] },
  'headers-in-band.ts': [
    ...source(long),
    ...x264('keyint=40:min-keyint=40:scenecut=0:bframes=3:open-gop=1:repeat-headers=1'),
  ],
  'first-packet-no-keyframe.ts': { cutBytes: 'headers-in-band.ts', from: 0.13 },
  'mpeg2-cut.ts': { cutBytes: 'mpeg2-interlaced.ts', from: 0.13 },
  'fragmented.mp4': {
    from: 'b-frames.mp4',
    options: ['-c', 'copy', '-movflags', 'frag_keyframe+empty_moov+default_base_moof'],
  },
  'mpeg2-interlaced.ts': [
    ...source(long, { size: '180x144' }),
    ...['-c:v', 'mpeg2video', '-flags', '+ilme+ildct', '-g', '15', '-bf', '2', '-b:v', '2M'],
  ],
  'mpeg2.mxf': [...source(long, { size: '192x112' }), '-c:v', 'mpeg2video', '-g', '12', '-bf', '2', '-b:v', '2M'],
  'hevc-10-bit.mp4': [
    ...source(6),
    ...['-pix_fmt', 'yuv420p10le', '-c:v', 'libx265', '-preset', 'ultrafast'],
    ...['-x265-params', 'log-level=error:keyint=30:min-keyint=30:open-gop=1:bframes=3:pools=2'],
  ],
  'hevc-10-bit.ts': { from: 'hevc-10-bit.mp4', options: ['-c', 'copy'] },
  'vp8.webm': [
    ...source(6),
    '-c:v',
    'libvpx',
    '-deadline',
    'realtime',
    '-auto-alt-ref',
    '1',
    '-lag-in-frames',
    '16',
    '-g',
    '40',
  ],
  'vp9.webm': [
    ...source(6),
    ...['-c:v', 'libvpx-vp9', '-deadline', 'good', '-cpu-used', '8', '-auto-alt-ref', '1', '-lag-in-frames', '16'],
    ...['-g', '40', '-b:v', '300k'],
  ],
  'av1.mkv': [...source(4), '-c:v', 'libaom-av1', '-cpu-used', '8', '-usage', 'realtime', '-g', '30', '-b:v', '300k'],
  'mpeg4-b-frames.avi': [...source(long), '-c:v', 'mpeg4', '-bf', '2', '-g', '25', '-q:v', '5'],
  'mpeg4.avi': [...source(long), '-c:v', 'mpeg4', '-g', '25', '-q:v', '5'],
  'prores.mov': [...source(4), '-c:v', 'prores_ks', '-profile:v', 'proxy'],
  'mjpeg.avi': [...source(4), '-c:v', 'mjpeg', '-q:v', '8'],
  'high-definition.mp4': [...source(3, { size: '1920x1080' }), ...x264('keyint=20:bframes=2')],
  'high-definition-interlaced.ts': [
    ...source(3, { size: '1440x1080' }),
    ...['-c:v', 'mpeg2video', '-flags', '+ilme+ildct', '-g', '15', '-bf', '2', '-b:v', '20M'],
  ],
  'ntsc.mp4': [...source(long, { rate: '30000/1001' }), ...x264('keyint=48:bframes=2')],
};

export const kindsOfVideo = Object.keys(recipes);

/** Makes this kind of video, and those that it is made from, in `folder`; what is there stays. */
export function makeKind(folder: string, kind: string, made = new Map<string, string>()): string {
  const earlier = made.get(kind);
  if (earlier !== undefined) return earlier;
  const path = join(folder, kind);
  const recipe = recipes[kind] as Recipe;
  if (Array.isArray(recipe)) makeClip([...recipe, '-threads', '2', path]);
  else if ('cutBytes' in recipe) {
    const bytes = readFileSync(makeKind(folder, recipe.cutBytes, made));
    writeFileSync(path, bytes.subarray(Math.floor((bytes.length * recipe.from) / 188) * 188));
  } else makeClip([...(recipe.input ?? []), '-i', makeKind(folder, recipe.from, made), ...recipe.options, path]);
  made.set(kind, path);
  return path;
}

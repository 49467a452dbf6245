import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { places, root } from '../../setup/places.ts';

/** The edited film of the accuracy benchmark, with its cuts checked by eye; ours to play at 25 frames a second. */
interface Footage {
  videos: { name: string; file: string; cutsAfter: number[] }[];
}
const film = 'music-video';

export interface FeedClip {
  /** An MPEG-TS with one H.264 stream and B-frames, as a contribution encoder sends it. */
  file: string;
  /** Last frames before a cut. */
  cutsAfter: readonly number[];
  frameCount: number;
}

/** Makes the clip that is sent around and around. */
export async function makeFeedClip(): Promise<FeedClip> {
  const { videos } = JSON.parse(
    readFileSync(path.join(root, 'measure', 'shots', 'benchmark', 'footage.json'), 'utf8'),
  ) as Footage;
  const video = videos.find(({ name }) => name === film);
  if (video === undefined) throw new Error(`the benchmark's footage has no ${film}`);
  const folder = path.join(places.workshop, 'measure', 'live');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'feed.ts');
  if (!existsSync(file))
    await execa(
      places.ffmpeg,
      [
        ...['-nostdin', '-loglevel', 'error', '-y', '-i', path.join(root, video.file), '-an', '-map', '0:v:0'],
        ...['-vf', 'settb=1/25,setpts=N,fps=25,scale=640:-2', '-fps_mode', 'passthrough'],
        ...['-c:v', 'libx264', '-preset', 'veryfast', '-b:v', '1200k', '-maxrate', '1500k', '-bufsize', '1500k'],
        ...['-pix_fmt', 'yuv420p', '-g', '25', '-bf', '2', '-sc_threshold', '0', '-flags', '+cgop'],
        ...['-muxdelay', '0', '-muxpreload', '0', '-f', 'mpegts', file],
      ],
      { env: { GCONV_PATH: '/dev/null' } },
    );
  const { stdout } = await execa(
    places.ffprobe,
    ['-v', 'error', '-count_packets', '-show_entries', 'stream=nb_read_packets', '-of', 'csv=p=0', file],
    { env: { GCONV_PATH: '/dev/null' } },
  );
  return { file, cutsAfter: video.cutsAfter, frameCount: Number.parseInt(stdout, 10) };
}

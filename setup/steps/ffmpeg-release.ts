/**
 * FFmpeg 6.0, static x86-64 build, GPL-3.0 (libx264 is in it): a program run beside the product, never linked into it.
 * Where another build is wanted in AWS, the layer is the only thing to change.
 */
export const ffmpegRelease = {
  package: 'ffmpeg-binaries',
  version: '1.1.0',
  programs: {
    ffmpeg: {
      path: 'ffmpeg/binaries/ffmpeg',
      sha256: 'ed652b2f32e0851d1946894fb8333f5b677c1b2ce6b9d187910a67f8b99da028',
    },
    ffprobe: {
      path: 'ffmpeg/binaries/ffprobe',
      sha256: 'a339171d90f7482b2db02234e261b9e00d51526391f87fa633d5da7b98a28cf4',
    },
  },
} as const;

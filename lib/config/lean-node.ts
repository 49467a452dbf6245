/**
 * Environment of functions that run ffmpeg beside Node and share its memory: Node collects its garbage earlier, and glibc
 * keeps freed blocks in two arenas instead of eight a core. With 2160p in 10-bit HEVC, where ffmpeg alone holds 250 MB,
 * Node took 115 to 131 MB instead of 133 to 151 (one run each).
 * https://nodejs.org/api/cli.html#--max-semi-space-sizesize-in-mib, https://man7.org/linux/man-pages/man3/mallopt.3.html
 */
export const leanNode = {
  NODE_OPTIONS: '--enable-source-maps --max-semi-space-size=4',
  MALLOC_ARENA_MAX: '2',
} as const;

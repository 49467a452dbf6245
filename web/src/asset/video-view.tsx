import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { AssetResponse } from '../../../lambdas/contracts/api.ts';
import { Highlighted } from '../parts/highlighted.tsx';

type Shot = NonNullable<AssetResponse['shots']>[number];

/** Half a frame past a cut, so that rounding in the player never shows the frame before it. */
const pastTheCut = (shot: Shot, framesPerSecond: number | undefined): number =>
  shot.startSeconds + 0.5 / (framesPerSecond ?? 25);

export const shotAt = (shots: readonly Shot[], seconds: number): number => {
  const index = shots.findIndex((shot) => seconds < shot.endSeconds);
  return index < 0 ? Math.max(0, shots.length - 1) : index;
};

export function VideoView({ asset, query, shotIndex }: { asset: AssetResponse; query: string; shotIndex: number }) {
  const player = useRef<HTMLVideoElement>(null);
  const strip = useRef<HTMLUListElement>(null);
  const shots = asset.shots ?? [];
  const [current, setCurrent] = useState(shotIndex);
  const [copied, setCopied] = useState('');

  const jump = (index: number): void => {
    const shot = shots[index];
    if (!shot || !player.current) return;
    player.current.currentTime = pastTheCut(shot, asset.framesPerSecond);
    setCurrent(index);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the player is moved when the address names a shot, not on every render
  useEffect(() => {
    const video = player.current;
    if (!video) return;
    if (video.readyState >= HTMLMediaElement.HAVE_METADATA) jump(shotIndex);
    else video.addEventListener('loadedmetadata', () => jump(shotIndex), { once: true });
  }, [shotIndex, asset.assetId]);
  useEffect(() => {
    strip.current?.children[current]?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [current]);

  const shown = shots[current];
  const copy = async (): Promise<void> => {
    if (!shown) return;
    await navigator.clipboard.writeText(shown.startTimecode);
    setCopied(shown.startTimecode);
  };
  return (
    <Stack gap="sm">
      {asset.previewUrl ? (
        // biome-ignore lint/a11y/useMediaCaption: the archive holds raw footage, which comes without captions
        <video
          ref={player}
          src={asset.previewUrl}
          controls
          preload="metadata"
          aria-label={`Preview of ${asset.title}`}
          onTimeUpdate={(event) => setCurrent(shotAt(shots, event.currentTarget.currentTime))}
        />
      ) : (
        <Alert>There is no preview of this video yet.</Alert>
      )}
      {shown && (
        <Group justify="space-between" wrap="nowrap" align="start">
          <Text component="div" fz="sm">
            <span className="timecode">
              {shown.startTimecode} – {shown.endTimecode}
            </span>{' '}
            <Highlighted text={shown.text} query={query} size="sm" />
          </Text>
          <Button size="compact-sm" variant="default" onClick={() => void copy()} style={{ flexShrink: 0 }}>
            {copied === shown.startTimecode ? 'Copied' : 'Copy timecode'}
          </Button>
        </Group>
      )}
      <ul className="shot-strip" aria-label="Shots" ref={strip}>
        {shots.map((shot, index) => (
          <li key={shot.index}>
            <button
              type="button"
              className="shot"
              aria-current={index === current}
              aria-label={`Play from shot ${index + 1} at ${shot.startTimecode}${shot.text ? `: ${shot.text}` : ''}`}
              onClick={() => {
                jump(index);
                void player.current?.play().catch(() => undefined);
              }}
            >
              <img src={shot.thumbnailUrl} alt="" loading="lazy" />
              <span className="timecode">{shot.startTimecode}</span>
              <Text component="span" fz="xs" lineClamp={2}>
                {shot.text}
              </Text>
            </button>
          </li>
        ))}
      </ul>
    </Stack>
  );
}

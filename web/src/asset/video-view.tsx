import { Alert, Box, Button, Group, Kbd, Stack, Switch, Text } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import type { AssetResponse } from '../../../lambdas/contracts/api.ts';
import { documentId } from '../../../lambdas/contracts/document-id.ts';
import { Highlighted } from '../parts/highlighted.tsx';
import { SimilarLink } from '../parts/similar-link.tsx';
import { pastTheCut, shotAt, timecodeAt } from './player-clock.ts';

/** The player starts again a little before the cut, so that the next shot never flashes up. */
const beforeTheCutSeconds = 0.03;

export function VideoView({ asset, query, shotIndex }: { asset: AssetResponse; query: string; shotIndex: number }) {
  const player = useRef<HTMLVideoElement>(null);
  const strip = useRef<HTMLUListElement>(null);
  const shots = asset.shots ?? [];
  const [current, setCurrent] = useState(shotIndex);
  const [isLooping, setLooping] = useState(false);
  const [timecode, setTimecode] = useState('');
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
  // The element's own event comes four times a second: too seldom for a timecode and for a loop that ends at a cut.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the shots of one asset do not change
  useEffect(() => {
    let request = requestAnimationFrame(function tick() {
      const video = player.current;
      if (video) {
        const shot = shots[current];
        if (isLooping && shot && video.currentTime >= shot.endSeconds - beforeTheCutSeconds) jump(current);
        else setCurrent(shotAt(shots, video.currentTime));
        setTimecode(timecodeAt(shots, asset.framesPerSecond, video.currentTime));
      }
      request = requestAnimationFrame(tick);
    });
    return () => cancelAnimationFrame(request);
  }, [isLooping, current, asset.assetId]);

  const shown = shots[current];
  const isIndexed = asset.status === 'indexed';
  const copy = async (text: string): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(text);
  };
  const play = (index: number): void => {
    if (index < 0 || index >= shots.length) return;
    jump(index);
    void player.current?.play().catch(() => undefined);
  };
  useHotkeys([
    ['c', () => void copy(timecode)],
    ['i', () => shown && void copy(shown.startTimecode)],
    ['o', () => shown && void copy(shown.endTimecode)],
    ['l', () => setLooping((before) => !before)],
    ['j', () => play(current + 1)],
    ['k', () => play(current - 1)],
  ]);
  return (
    <Stack gap="sm">
      {asset.previewUrl ? (
        // biome-ignore lint/a11y/useMediaCaption: the archive holds raw footage, which comes without captions
        <video
          ref={player}
          src={asset.previewUrl}
          controls
          preload="metadata"
          onEnded={() => isLooping && play(current)}
          aria-label={`Preview of ${asset.title}`}
        />
      ) : (
        <Alert>There is no preview of this video yet.</Alert>
      )}
      <Group gap="sm" role="group" aria-label="Shot controls">
        <span className="running-timecode" role="timer" aria-label="Timecode">
          {timecode}
        </span>
        <Button size="compact-sm" variant="default" onClick={() => void copy(timecode)}>
          Copy timecode
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          disabled={!shown}
          onClick={() => shown && void copy(`${shown.startTimecode} – ${shown.endTimecode}`)}
        >
          Copy in and out
        </Button>
        <Button size="compact-sm" variant="default" disabled={current === 0} onClick={() => play(current - 1)}>
          Previous shot
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          disabled={current >= shots.length - 1}
          onClick={() => play(current + 1)}
        >
          Next shot
        </Button>
        <Switch
          size="sm"
          label="Loop the shot"
          checked={isLooping}
          onChange={(event) => setLooping(event.currentTarget.checked)}
        />
        <Text fz="xs" role="status">
          {copied ? `Copied ${copied}` : ''}
        </Text>
      </Group>
      <Text fz="xs" c="dimmed" visibleFrom="sm">
        Keys: <Kbd size="xs">j</Kbd> <Kbd size="xs">k</Kbd> next and previous shot, <Kbd size="xs">l</Kbd> loop,{' '}
        <Kbd size="xs">c</Kbd> copy the timecode, <Kbd size="xs">i</Kbd> <Kbd size="xs">o</Kbd> copy the shot’s in and
        out
      </Text>
      {shown && (
        <Box>
          <Group gap="md" className="timecode">
            {shown.startTimecode} – {shown.endTimecode}
            {isIndexed && <SimilarLink documentId={documentId(asset.assetId, 'shot', shown.index)} kind="shot" />}
          </Group>
          <Text component="div" fz="sm" dir="auto">
            <Highlighted text={shown.text} query={query} size="sm" />
          </Text>
        </Box>
      )}
      <ul className="shot-strip" aria-label="Shots" ref={strip}>
        {shots.map((shot, index) => (
          <li key={shot.index}>
            <button
              type="button"
              className="shot"
              aria-current={index === current}
              aria-label={`Play from shot ${index + 1} at ${shot.startTimecode}${shot.text ? `: ${shot.text}` : ''}`}
              onClick={() => play(index)}
            >
              <img src={shot.thumbnailUrl} alt="" loading="lazy" />
              <span className="timecode">{shot.startTimecode}</span>
              <Text component="span" fz="xs" lineClamp={2} dir="auto">
                {shot.text}
              </Text>
            </button>
          </li>
        ))}
      </ul>
    </Stack>
  );
}

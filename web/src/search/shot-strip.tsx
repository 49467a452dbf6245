import { Text } from '@mantine/core';
import { useReducedMotion } from '@mantine/hooks';
import { useRef, useState } from 'react';
import { Link } from 'react-router';
import type { Hit, Match } from '../../../lambdas/contracts/search.ts';
import { cameFrom } from '../parts/came-from.ts';
import { hitLink } from './hit-link.ts';

/** A glance passes over many shots; only one that is stayed on is loaded. */
const stayMilliseconds = 180;

/** Plays one shot of the preview in a loop, without sound. */
function ShotPreview({ url, shot }: { url: string; shot: NonNullable<Match['shot']> }) {
  return (
    <video
      className="shot-preview"
      src={url}
      muted
      autoPlay
      playsInline
      aria-hidden="true"
      tabIndex={-1}
      onLoadedMetadata={(event) => {
        event.currentTarget.currentTime = shot.startSeconds;
      }}
      onTimeUpdate={(event) => {
        const video = event.currentTarget;
        if (video.currentTime >= shot.endSeconds - 0.04) video.currentTime = shot.startSeconds;
      }}
    />
  );
}

/** A video's best shots; one that is hovered over or focused plays where it is. */
export function ShotStrip({ hit, search }: { hit: Hit; search: string }) {
  const [playing, setPlaying] = useState<string>();
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const isStill = useReducedMotion();
  const leave = (): void => {
    clearTimeout(waiting.current);
    setPlaying(undefined);
  };
  const stay = (documentId: string): void => {
    leave();
    if (!isStill) waiting.current = setTimeout(() => setPlaying(documentId), stayMilliseconds);
  };
  return (
    <ul className="shot-strip" aria-label="Best shots">
      {hit.matches.map(
        (match) =>
          match.shot && (
            <li key={match.documentId}>
              <Link
                className="shot"
                to={hitLink(hit, search, match)}
                state={cameFrom(search)}
                aria-label={`Shot at ${match.shot.startTimecode}${match.text ? `: ${match.text}` : ''}`}
                onPointerEnter={() => stay(match.documentId)}
                onPointerLeave={leave}
                onFocus={() => stay(match.documentId)}
                onBlur={leave}
              >
                <span className="shot-picture">
                  {match.thumbnailUrl && <img src={match.thumbnailUrl} alt="" loading="lazy" />}
                  {match.previewUrl && playing === match.documentId && (
                    <ShotPreview url={match.previewUrl} shot={match.shot} />
                  )}
                </span>
                <span className="timecode">{match.shot.startTimecode}</span>
                <Text component="span" fz="xs" lineClamp={2} dir="auto">
                  {match.text}
                </Text>
              </Link>
            </li>
          ),
      )}
    </ul>
  );
}

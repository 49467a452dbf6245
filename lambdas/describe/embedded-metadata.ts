import ExifReader from 'exifreader';
import type { Particulars } from './particulars.ts';

/** What cameras and programmes write where nobody wrote a caption. */
const emptyCaptions =
  /^(olympus digital camera|sony dsc|digital camera|dcim\b.*|untitled|default|screenshot|exif_jpeg_picture|<?digimax.*|created with gimp.*|samsung.*|kodak.*digital.*|lead technologies inc.*|jpeg image|image)$/i;
/** A value that is longer is not read: metadata blocks may be megabytes of anything. */
const maxValueCharacters = 20_000;
const maxValues = 200;

/** A tag in any of the shapes that exifreader gives: strings, arrays of them, nested values with descriptions. */
interface Tag {
  value?: unknown;
  description?: unknown;
}
type Tags = Readonly<Record<string, Tag | Tag[] | undefined>>;

/**
 * EXIF, IPTC-IIM and XMP of a photo as one source, by the mapping of the IPTC Photo Metadata Standard
 * (https://iptc.org/std/photometadata/specification/): of two blocks that say the same, XMP comes first.
 * A block that cannot be read counts as absent: the picture itself has been proved whole.
 */
export function readEmbeddedMetadata(photo: Buffer): Particulars {
  let read: { exif?: object; iptc?: object; xmp?: object };
  try {
    read = ExifReader.load(photo, { expanded: true });
  } catch {
    return {};
  }
  const exif = (read.exif ?? {}) as Tags;
  const iptc = (read.iptc ?? {}) as Tags;
  const xmp = (read.xmp ?? {}) as Tags;
  const captions = [first(xmp['description']), first(iptc['Caption/Abstract']), first(exif['ImageDescription'])];
  return {
    headline: first(xmp['Headline']) ?? first(iptc['Headline']) ?? first(xmp['title']) ?? first(iptc['Object Name']),
    caption: captions.find((caption) => caption !== undefined && !emptyCaptions.test(caption)),
    creator: joined(xmp['creator']) ?? joined(iptc['By-line']) ?? first(exif['Artist']),
    credit: first(xmp['Credit']) ?? first(iptc['Credit']),
    copyright: first(xmp['rights']) ?? first(iptc['Copyright Notice']) ?? first(exif['Copyright']),
    usageTerms: first(xmp['UsageTerms']),
    place: placeOf(xmp, iptc),
    people: values(xmp['PersonInImage']),
    keywords: [...values(xmp['subject']), ...values(iptc['Keywords'])],
    createdAt: createdAt(exif, iptc, xmp),
    digitalSourceType: first(xmp['DigitalSourceType'])?.split('/').at(-1),
    // IIM 2:30 and 2:35: "the earliest date and time the provider intends the object to be used".
    embargoUntil: iptcInstant(first(iptc['Release Date']), first(iptc['Release Time'])),
    isMiningProhibited: /DMI-PROHIBITED/i.test(first(xmp['DataMining']) ?? ''),
  };
}

function values(tag: Tag | Tag[] | undefined): string[] {
  const entries = (Array.isArray(tag) ? tag : tag === undefined ? [] : [tag]).slice(0, maxValues);
  return entries.flatMap(({ value, description }) => {
    const isNested = Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null);
    if (isNested && value.length > 0) return values(value as Tag[]);
    const text = typeof description === 'string' && description !== '' ? description : value;
    return typeof text === 'string' && text.trim() !== '' && text.length <= maxValueCharacters ? [text.trim()] : [];
  });
}
const first = (tag: Tag | Tag[] | undefined): string | undefined => values(tag)[0];
const joined = (tag: Tag | Tag[] | undefined): string | undefined => values(tag).join(', ') || undefined;

function placeOf(xmp: Tags, iptc: Tags): string | undefined {
  const parts = [
    first(xmp['Location']) ?? first(iptc['Sub-location']),
    first(xmp['City']) ?? first(iptc['City']),
    first(xmp['State']) ?? first(iptc['Province/State']),
    first(xmp['Country']) ?? first(iptc['Country/Primary Location Name']),
  ];
  return [...new Set(parts.filter((part) => part !== undefined))].join(', ') || undefined;
}

function createdAt(exif: Tags, iptc: Tags, xmp: Tags): string | undefined {
  return (
    exifInstant(first(exif['DateTimeOriginal']), first(exif['OffsetTimeOriginal']) ?? first(exif['OffsetTime'])) ??
    xmpInstant(first(xmp['DateCreated']) ?? first(xmp['CreateDate'])) ??
    iptcInstant(first(iptc['Date Created']), first(iptc['Time Created']))
  );
}

/** `2024:05:01 12:30:00`. EXIF before 2.31 has no zone at all: such a time is taken for UTC, at most a day off. */
function exifInstant(text: string | undefined, offset: string | undefined): string | undefined {
  const match = /^(\d{4})[:-](\d{2})[:-](\d{2})[ T](\d{2}:\d{2}:\d{2})/.exec(text ?? '');
  if (match === null) return undefined;
  const [, year, month, day, time] = match;
  return instant(`${year}-${month}-${day}T${time}${zone(offset)}`);
}

/** An XMP date may stop at the year, the day or the minute; without a zone it is taken for UTC as EXIF is. */
function xmpInstant(text: string | undefined): string | undefined {
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}:\d{2})(:\d{2})?(?:\.\d+)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/.exec(
    text ?? '',
  );
  if (match === null) return undefined;
  const [, year, month = '01', day = '01', minutes = '00:00', seconds = ':00', offset] = match;
  return instant(`${year}-${month}-${day}T${minutes}${seconds}${zone(offset)}`);
}

/** IIM dates `20240501` or `2024-05-01` and times `123000+0200`, with or without colons; a day alone begins in UTC. */
function iptcInstant(date: string | undefined, time: string | undefined): string | undefined {
  const day = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(date ?? '');
  if (day === null) return undefined;
  const clock = /^(\d{2}):?(\d{2}):?(\d{2})(?:([+-]\d{2}):?(\d{2}))?/.exec(time ?? '');
  const [, hours = '00', minutes = '00', seconds = '00', offsetHours, offsetMinutes] = clock ?? [];
  const offset = offsetHours === undefined ? undefined : `${offsetHours}:${offsetMinutes}`;
  return instant(`${day[1]}-${day[2]}-${day[3]}T${hours}:${minutes}:${seconds}${zone(offset)}`);
}

const zone = (offset: string | undefined): string =>
  /^(Z|[+-]\d{2}:\d{2})$/.test(offset ?? '') ? (offset as string) : 'Z';

/** Undefined for the 31st of February and for `0000:00:00`, which cameras with an unset clock write. */
function instant(text: string): string | undefined {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1826 ? undefined : text;
}

import type { WirescopeDocument } from '../../../lambdas/contracts/documents.ts';
import { derivedKeys } from '../../../lambdas/contracts/keys.ts';
import { assetIdOf, type SampleOptions, sampleDocument } from './sample-documents.ts';

const story = (title: string, text: string, options: SampleOptions = {}): WirescopeDocument =>
  sampleDocument(title, text, {
    documentId: `${assetIdOf(title)}.passage.0`,
    kind: 'passage',
    assetKind: 'story',
    provenance: 'ninjs',
    ...options,
  });

function shot(title: string, index: number, text: string): WirescopeDocument {
  const assetId = assetIdOf(title);
  return sampleDocument(title, text, {
    documentId: `${assetId}.shot.${index}`,
    kind: 'shot',
    assetKind: 'video',
    ordinal: index,
    desk: 'sport',
    context: 'The cup final between two northern clubs.',
    provenance: 'shotlist',
    thumbnailKey: derivedKeys.thumbnail(assetId, String(index)),
    shot: {
      index,
      startFrame: index * 250,
      endFrame: index * 250 + 249,
      startSeconds: index * 10,
      endSeconds: index * 10 + 10,
      startTimecode: `00:00:${index}0:00`,
      endTimecode: `00:00:${index}9:24`,
    },
  });
}

const lighthouse = sampleDocument('Lighthouse', 'The lighthouse, peeling.');
const repainted = sampleDocument('Lighthouse', 'The lighthouse, repainted.', { attempt: 2 });

const fillers = [
  ['Ploughs on the pass', 'Snow ploughs clear the mountain road.'],
  ['Market day', 'Stalls with peppers and melons on the square.'],
  ['Night shift', 'A nurse walks down an empty corridor.'],
  ['Orchestra rehearsal', 'The string section tunes its instruments.'],
  ['School opening', 'Children with new satchels wait at the gate.'],
  ['Storks return', 'Two storks build a nest on a chimney.'],
  ['Wind turbines', 'Turbines turn slowly over a field of rapeseed.'],
  ['Chess in the park', 'Two pensioners bend over a board.'],
  ['Bakery at four', 'A baker slides loaves into the oven.'],
  ['Flooded underpass', 'A bus stands in brown water up to its doors.'],
  ['Glassblower', 'A glowing vase turns at the end of a pipe.'],
  ['Library reading room', 'Green lamps over long oak tables.'],
  ['Goats on the quarry', 'A herd of goats grazes on a quarry wall.'],
  ['Launderette', 'Round doors in a row, one of them open.'],
  ['Cable car', 'A red cabin hangs in the fog.'],
  ['Beekeeper', 'A beekeeper lifts a frame full of honey.'],
] as const;

/** A small archive, of which one is embargoed, one withheld and one has a double and an older attempt. */
export const newsroom: WirescopeDocument[] = [
  sampleDocument('Fishing boats at dawn', 'Boats leave the harbour at dawn.', {
    place: 'Lisbon',
    createdAt: '2026-04-20T22:15:00Z',
    entities: [['Lisbon', 'LOC']],
  }),
  story('Okafor wins the marathon', 'Lena Okafor ran the last mile alone.', {
    desk: 'sport',
    entities: [['Lena Okafor', 'PER']],
  }),
  story('Earthquake drill in Valparaíso', 'Pupils shelter under their desks.', {
    desk: 'world',
    entities: [['Valparaíso', 'LOC']],
  }),
  story('Tram drivers walk out', 'A strike at the tram depot stops every line.', { desk: 'politics' }),
  story('Budget surplus', 'The minister announced a budget surplus.', {
    desk: 'politics',
    rights: { withheld: false, embargoUntil: '2026-06-01T00:00:00Z' },
  }),
  story('Unverified leak', 'An unverified leak from the ministry.', { desk: 'politics', rights: { withheld: true } }),
  shot('Cup final, whole match', 0, 'Supporters fill the stands before the match.'),
  shot('Cup final, whole match', 1, 'The referee shows a red card.'),
  shot('Cup final, whole match', 2, 'The captain lifts the cup.'),
  lighthouse,
  repainted,
  repainted,
  sampleDocument('Newest of all', 'A heron stands in the reeds.', { arrivedAt: '2026-05-09T08:00:00Z' }),
  ...fillers.map(([title, text]) => sampleDocument(title, text)),
];

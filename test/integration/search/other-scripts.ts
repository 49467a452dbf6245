import type { WirescopeDocument } from '../../../lambdas/contracts/documents.ts';
import { sampleDocument } from './sample-documents.ts';

/** One caption a script that Latin query syntax, analysis or layout might trip over; the last of each is not released. */
const captions = [
  { script: 'Arabic', title: 'قوارب الصيد', text: 'قوارب الصيد تغادر ميناء لشبونة عند الفجر', query: 'ميناء لشبونة' },
  { script: 'Hebrew', title: 'סירות דיג', text: 'סירות דיג יוצאות מהנמל עם שחר', query: 'סירות דיג' },
  { script: 'Persian, with joiners', title: 'قایق‌ها', text: 'قایق‌های ماهیگیری در سپیده‌دم', query: 'قایق‌های ماهیگیری' },
  { script: 'Chinese', title: '渔船', text: '渔船在黎明时分离开里斯本港口', query: '里斯本港口' },
  { script: 'Japanese', title: '漁船', text: '漁船がリスボンの港を出る', query: 'リスボンの港' },
  { script: 'Korean', title: '어선', text: '어선이 리스본 항구를 떠난다', query: '리스본 항구를' },
  { script: 'Cyrillic', title: 'Лодки', text: 'Рыбацкие лодки покидают порт', query: 'рыбацкие лодки' },
  { script: 'Devanagari', title: 'नावें', text: 'मछुआरों की नावें बंदरगाह छोड़ती हैं', query: 'मछुआरों की नावें' },
  { script: 'both directions at once', title: 'Port of حيفا', text: 'The port of حيفا at dawn', query: 'port حيفا' },
] as const;

export const inOtherScripts: readonly { script: string; title: string; query: string }[] = captions;

/** Each caption as a photo, and once more as an embargoed one. */
export const otherScripts: WirescopeDocument[] = captions.flatMap(({ script, title, text }) => [
  sampleDocument(title, text),
  sampleDocument(`${title} (${script}, held)`, text, {
    rights: { withheld: false, embargoUntil: '2999-01-01T00:00:00Z' },
  }),
]);

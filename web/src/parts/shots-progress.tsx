import { Progress as Bar, Box, Text } from '@mantine/core';
import { type Progress, progressInWords } from '../../../lambdas/contracts/progress.ts';

/** How far a video's shots have come, as a bar and in words. */
export function ShotsProgress({ progress, fileName }: { progress: Progress; fileName: string }) {
  return (
    <Box miw={180}>
      <Bar value={progress.percent} size="sm" aria-label={`Shots of ${fileName}`} />
      <Text fz="xs" mt={2}>
        {progressInWords(progress)}
      </Text>
    </Box>
  );
}

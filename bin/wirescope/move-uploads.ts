import { GetQueueAttributesCommand, SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';

/**
 * Sends the events that admit gave up on back to its queue, by SQS's own move task.
 * @returns how many lay there, roughly, as SQS counts.
 */
export async function moveUploadsBack(
  deadLetterQueueUrl: string,
  { isDryRun }: { isDryRun: boolean },
  client = new SQSClient({ useQueueUrlAsEndpoint: false }),
): Promise<number> {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl: deadLetterQueueUrl,
      AttributeNames: ['QueueArn', 'ApproximateNumberOfMessages'],
    }),
  );
  const count = Number(Attributes?.['ApproximateNumberOfMessages'] ?? 0);
  if (count > 0 && !isDryRun)
    await client.send(new StartMessageMoveTaskCommand({ SourceArn: Attributes?.['QueueArn'] }));
  return count;
}

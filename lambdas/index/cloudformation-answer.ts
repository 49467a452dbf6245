import type { Logger } from '@aws-lambda-powertools/logger';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { errorMessage } from '../runtime/errors.ts';

/** CloudFormation takes at most 4 KB for the whole answer. */
const maxReasonCharacters = 1000;

/**
 * Does the work of a custom resource and answers CloudFormation: with the physical id, or with the reason of the failure.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 * @throws Error where CloudFormation does not take the answer
 */
export async function answerCloudFormation(
  event: CloudFormationCustomResourceEvent,
  logger: Logger,
  work: () => Promise<{ physicalId: string }>,
): Promise<void> {
  let answer: { Status: 'SUCCESS' | 'FAILED'; PhysicalResourceId: string; Reason?: string };
  try {
    answer = { Status: 'SUCCESS', PhysicalResourceId: (await work()).physicalId };
  } catch (error) {
    logger.error('the custom resource failed', error as Error);
    answer = {
      Status: 'FAILED',
      PhysicalResourceId: 'PhysicalResourceId' in event ? event.PhysicalResourceId : event.RequestId,
      Reason: errorMessage(error).slice(0, maxReasonCharacters),
    };
  }
  const { StackId, RequestId, LogicalResourceId } = event;
  const response = await fetch(event.ResponseURL, {
    method: 'PUT',
    // The address is presigned without a content type.
    headers: { 'content-type': '' },
    body: JSON.stringify({ ...answer, StackId, RequestId, LogicalResourceId }),
  });
  if (!response.ok)
    throw new Error(`CloudFormation answered ${response.status} to the outcome of ${LogicalResourceId}`);
}

import type { ObjectVersions } from '../../clients/object-versions.ts';
import type { WithdrawalAnswer, WithdrawalRequest } from '../../contracts/withdrawal.ts';
import { clearReturns } from './clear-returns.ts';
import { lift, look, prove, remove, type WithdrawClients } from './withdraw.ts';

export interface AnsweringClients extends WithdrawClients {
  originals: ObjectVersions;
}

/** Does what the command line or the timer asks for. */
export async function answerRequest(clients: AnsweringClients, request: WithdrawalRequest): Promise<WithdrawalAnswer> {
  switch (request.action) {
    case 'look':
      return look(clients, request);
    case 'remove':
      return remove(clients, request);
    case 'prove':
      return prove(clients, request);
    case 'lift':
      return lift(clients, request);
    case 'clear-returns':
      return { state: 'cleared', objects: await clearReturns(clients) };
  }
}

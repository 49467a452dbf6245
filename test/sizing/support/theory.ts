/** Closed forms of queueing theory. `load` is the share of time that each of c servers is busy; D and 1/mu are 1. */

/** Erlang C: the probability of waiting in M/M/c. Kleinrock, Queueing Systems I, 1975, 3.5. */
export function erlangC(servers: number, load: number): number {
  const offered = servers * load;
  let term = 1;
  let sum = 0;
  for (let busy = 0; busy < servers; busy++) {
    sum += term;
    term *= offered / (busy + 1);
  }
  const waiting = term / (1 - load);
  return waiting / (sum + waiting);
}

/** Mean wait in M/M/c, in mean service times. */
export const meanWaitMMc = (servers: number, load: number): number => erlangC(servers, load) / (servers * (1 - load));

/** The wait that so large a share of requests does not exceed in M/M/c, in mean service times. */
export function waitQuantileMMc(servers: number, load: number, share: number): number {
  const waiting = erlangC(servers, load);
  return share <= 1 - waiting ? 0 : Math.log(waiting / (1 - share)) / (servers * (1 - load));
}

/** Mean wait in M/D/c, in service times: Crommelin, P.O.E.E. Journal 25, 1932. */
export function meanWaitMDc(servers: number, load: number): number {
  let sum = 0;
  for (let multiple = 1; multiple < 4000; multiple++) {
    const mean = multiple * servers * load;
    const term = poissonTail(mean, multiple * servers) - poissonTail(mean, multiple * servers + 1) / load;
    sum += term;
    if (Math.abs(term) < 1e-12) break;
  }
  return sum;
}

/** P(N >= from) for a Poisson variable. */
function poissonTail(mean: number, from: number): number {
  let logTerm = -mean;
  for (let count = 1; count <= from; count++) logTerm += Math.log(mean / count);
  let term = Math.exp(logTerm);
  let sum = 0;
  for (let count = from; term > 1e-18 * (sum + 1e-30) || count < mean; count++) {
    sum += term;
    term *= mean / (count + 1);
  }
  return sum;
}

/** One model server: workers behind one queue. */
export interface Server {
  workers: number;
  /** Requests that may wait; one more is refused. */
  queueLimit: number;
  /** Requests that a worker takes at once, at most. */
  batchSize: number;
  /** How long a worker that has its first request waits for the rest of the batch. */
  maxBatchDelayMilliseconds: number;
  /** The part of a request's service that a batch needs only once. */
  fixedMilliseconds: number;
}
export interface Job {
  arrivalMilliseconds: number;
  /** What a worker needs for it alone. */
  serviceMilliseconds: number;
}
export interface Passage {
  startMilliseconds: number;
  endMilliseconds: number;
}

/**
 * What becomes of jobs at one server, in order of arrival, as TorchServe queues and batches: one free worker at a time
 * collects, from the first request on until its batch is full or its delay is over, and only then lets the next one
 * collect (Model.pollBatch). Exact: no step of time is taken.
 * @param jobs in order of arrival
 * @returns a passage for each job, undefined where it was refused
 */
export function passages(jobs: readonly Job[], server: Server): (Passage | undefined)[] {
  const found: (Passage | undefined)[] = new Array(jobs.length).fill(undefined);
  const freeAt = new Float64Array(server.workers);
  const queue = new WaitingJobs(jobs, server.queueLimit);
  let collectedUntil = 0;
  for (;;) {
    const worker = indexOfLeast(freeAt);
    const ready = Math.max(freeAt[worker] ?? 0, collectedUntil);
    const first = queue.takeFirst(ready);
    if (first === undefined) return found;
    const { batch, at } = collect(first, queue, server);
    const end = at + batchMilliseconds(batch, jobs, server.fixedMilliseconds);
    for (const place of batch) found[place] = { startMilliseconds: at, endMilliseconds: end };
    freeAt[worker] = end;
    collectedUntil = at;
  }
}

interface Taken {
  place: number;
  at: number;
}

function collect(first: Taken, queue: WaitingJobs, server: Server): { batch: number[]; at: number } {
  const batch = [first.place];
  const deadline = first.at + server.maxBatchDelayMilliseconds;
  let at = first.at;
  while (batch.length < server.batchSize) {
    const next = queue.takeBy(at, deadline);
    if (next === undefined) return { batch, at: deadline };
    batch.push(next.place);
    at = next.at;
  }
  return { batch, at };
}

function batchMilliseconds(batch: readonly number[], jobs: readonly Job[], fixedMilliseconds: number): number {
  let sum = fixedMilliseconds;
  for (const place of batch) sum += Math.max(0, (jobs[place]?.serviceMilliseconds ?? 0) - fixedMilliseconds);
  return batch.length === 1 ? (jobs[batch[0] ?? 0]?.serviceMilliseconds ?? 0) : sum;
}

/** The bounded queue: jobs come in as time passes, and what finds it full is refused. */
class WaitingJobs {
  readonly #jobs: readonly Job[];
  readonly #limit: number;
  readonly #waiting: number[] = [];
  #head = 0;
  #next = 0;

  constructor(jobs: readonly Job[], limit: number) {
    this.#jobs = jobs;
    this.#limit = limit;
  }

  /** The first job that waits at an instant, or the next that arrives after it. */
  takeFirst(ready: number): Taken | undefined {
    return this.takeBy(ready, Number.POSITIVE_INFINITY);
  }

  takeBy(now: number, deadline: number): Taken | undefined {
    this.#admitUntil(now);
    const place = this.#waiting[this.#head];
    if (place !== undefined) {
      this.#head += 1;
      return { place, at: now };
    }
    const arrival = this.#jobs[this.#next]?.arrivalMilliseconds;
    if (arrival === undefined || arrival > deadline) return undefined;
    // An idle worker waits: the job never stands in the queue.
    const taken = { place: this.#next, at: Math.max(now, arrival) };
    this.#next += 1;
    return taken;
  }

  #admitUntil(now: number): void {
    for (;;) {
      const job = this.#jobs[this.#next];
      if (job === undefined || job.arrivalMilliseconds > now) return;
      if (this.#waiting.length - this.#head < this.#limit) this.#waiting.push(this.#next);
      this.#next += 1;
    }
  }
}

function indexOfLeast(values: Float64Array): number {
  let least = 0;
  for (let place = 1; place < values.length; place++) if ((values[place] ?? 0) < (values[least] ?? 0)) least = place;
  return least;
}

export interface Fleet {
  instances: number;
  server: Server;
}

/**
 * The same for several servers: SageMaker's RANDOM routing gives each request to any instance, whatever waits there.
 * @param random one number in [0, 1) a job
 */
export function fleetPassages(
  jobs: readonly Job[],
  { instances, server }: Fleet,
  random: () => number,
): (Passage | undefined)[] {
  if (instances === 1) return passages(jobs, server);
  const places = Array.from({ length: instances }, (): number[] => []);
  for (let place = 0; place < jobs.length; place++) places[Math.floor(random() * instances)]?.push(place);
  const found: (Passage | undefined)[] = new Array(jobs.length).fill(undefined);
  for (const own of places) {
    const passed = passages(
      own.map((place) => jobs[place] as Job),
      server,
    );
    for (const [at, place] of own.entries()) found[place] = passed[at];
  }
  return found;
}

/** A program on the way of every request, or several of its kind behind one queue. */
export interface Station {
  servers: number;
  /** Requests that may wait; one more is refused. */
  queueLimit: number;
  /** Its work is done elsewhere than on the machine's cores, as on a GPU. */
  isOffCore: boolean;
  /**
   * Work of a request that is begun right after another one, over work of a request for which the program had to be
   * woken: caches are warm and fewer calls of the system are needed.
   */
  shareWhenBusy: number;
  /**
   * The same for a program that had to be woken, by how long it had nothing to do: caches grow cold and cores fall asleep.
   * By rising idle time; linear between two points, level before the first and after the last; 1 where there is none.
   */
  sharesWhenIdle: readonly IdleShare[];
  /**
   * How long it waits, off the cores, for its next request after it has answered one: another program hands it over.
   * The one who was answered does not wait for that.
   */
  turnaroundMilliseconds: number;
}
export interface IdleShare {
  idleMilliseconds: number;
  share: number;
}
/** What a request asks of one station, as if it had a core to itself. */
export interface Visit {
  station: number;
  milliseconds: number;
}
export interface Machine {
  cores: number;
  stations: readonly Station[];
}
export interface Journey {
  arrivalMilliseconds: number;
  visits: readonly Visit[];
}

interface Busy {
  journey: number;
  station: number;
  server: Server;
  /** On the clock that runs as fast as a busy server gets on. */
  doneAt: number;
}
interface Queue {
  waiting: number[];
  head: number;
  /** The free servers, the one that has been free for longest first. */
  free: Server[];
}
/** When it last ended work for a request, and when it last did for one before that. */
interface Server {
  journey: number;
  endedAt: number;
  othersEndedAt: number;
}

const never = Number.POSITIVE_INFINITY;
/** In a journey's place, of a server that waits for its next one. */
const turning = -1;
/** In a server's, before its first one. */
const none = -2;

export interface Journeys {
  /** The end of each in milliseconds, undefined where it was refused. */
  ends: (number | undefined)[];
  /** Of each station, what it worked in all. */
  workMilliseconds: number[];
}

/**
 * When each request has made all of its visits, where programs share the cores of one machine: while no more are busy
 * than there are cores, each gets on at full speed, else all of them equally slower. Exact for these rules: no step of
 * time is taken.
 * @param journeys in order of arrival
 */
export function journeyEnds(journeys: readonly Journey[], { cores, stations }: Machine): Journeys {
  const ends: (number | undefined)[] = new Array(journeys.length).fill(undefined);
  const workMilliseconds: number[] = stations.map(() => 0);
  const at = new Uint16Array(journeys.length);
  const queues = stations.map(
    ({ servers }): Queue => ({
      ...{ waiting: [], head: 0 },
      free: Array.from({ length: servers }, () => ({ journey: none, endedAt: -never, othersEndedAt: -never })),
    }),
  );
  const onCore: Busy[] = [];
  const offCore: Busy[] = [];
  let [now, worked, next] = [0, 0, 0];
  const begin = (journey: number, place: number, server: Server, isWarm: boolean): void => {
    const station = stations[place] as Station;
    const { milliseconds } = (journeys[journey] as Journey).visits[at[journey] ?? 0] as Visit;
    // What it did for the same request on its way there does not keep it warm: that is in what was measured.
    const idle = now - (server.journey === journey ? server.othersEndedAt : server.endedAt);
    const work = milliseconds * (isWarm ? station.shareWhenBusy : shareAfter(idle, station.sharesWhenIdle));
    workMilliseconds[place] = (workMilliseconds[place] ?? 0) + work;
    if (station.isOffCore) offCore.push({ journey, station: place, server, doneAt: now + work });
    else onCore.push({ journey, station: place, server, doneAt: worked + work });
  };
  const enter = (journey: number): void => {
    const place = journeys[journey]?.visits[at[journey] ?? 0]?.station;
    if (place === undefined) {
      ends[journey] = now;
      return;
    }
    const queue = queues[place] as Queue;
    const server = queue.free.shift();
    if (server !== undefined) begin(journey, place, server, false);
    else if (queue.waiting.length - queue.head < (stations[place]?.queueLimit ?? 0)) queue.waiting.push(journey);
  };
  const release = (station: number, server: Server): void => {
    const queue = queues[station] as Queue;
    const following = queue.waiting[queue.head];
    if (following === undefined) queue.free.push(server);
    else {
      queue.head += 1;
      begin(following, station, server, true);
    }
  };
  const leave = (busy: Busy[]): void => {
    const { journey, station, server } = busy.splice(indexOfFirst(busy), 1)[0] as Busy;
    if (journey === turning) {
      release(station, server);
      return;
    }
    if (server.journey !== journey) server.othersEndedAt = server.endedAt;
    Object.assign(server, { journey, endedAt: now });
    const { turnaroundMilliseconds } = stations[station] as Station;
    if (turnaroundMilliseconds > 0)
      offCore.push({ journey: turning, station, server, doneAt: now + turnaroundMilliseconds });
    else release(station, server);
    at[journey] = (at[journey] ?? 0) + 1;
    enter(journey);
  };
  for (;;) {
    const speed = Math.min(1, cores / onCore.length);
    const arrival = journeys[next]?.arrivalMilliseconds ?? never;
    const core = onCore.length === 0 ? never : now + ((onCore[indexOfFirst(onCore)]?.doneAt ?? 0) - worked) / speed;
    const elsewhere = offCore[indexOfFirst(offCore)]?.doneAt ?? never;
    const instant = Math.min(arrival, core, elsewhere);
    if (instant === never) return { ends, workMilliseconds };
    if (onCore.length > 0) worked += (instant - now) * speed;
    now = instant;
    if (core === instant) leave(onCore);
    else if (elsewhere === instant) leave(offCore);
    else {
      enter(next);
      next += 1;
    }
  }
}

function shareAfter(idleMilliseconds: number, shares: readonly IdleShare[]): number {
  const at = shares.findIndex((point) => point.idleMilliseconds >= idleMilliseconds);
  const [before, after] = [shares[at === -1 ? shares.length - 1 : at - 1], shares[at]];
  if (before === undefined || after === undefined) return (before ?? after)?.share ?? 1;
  const way = (idleMilliseconds - before.idleMilliseconds) / (after.idleMilliseconds - before.idleMilliseconds);
  return before.share + way * (after.share - before.share);
}

function indexOfFirst(busy: readonly Busy[]): number {
  let first = 0;
  for (let place = 1; place < busy.length; place++)
    if ((busy[place]?.doneAt ?? 0) < (busy[first]?.doneAt ?? 0)) first = place;
  return first;
}

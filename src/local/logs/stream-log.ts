/** The events of one stream, in order of time; those of one moment in the order in which they came. */

export interface StoredEvent {
  readonly timestamp: number;
  readonly message: string;
  readonly ingestionTime: number;
  /** Counts the events of the stream as they came. */
  readonly sequence: number;
}

/** A place between two events: before the event of this time and sequence. */
export interface Boundary {
  readonly timestamp: number;
  readonly sequence: number;
}

export class StreamLog {
  #events: StoredEvent[] = [];
  #sorted = true;
  #bytes = 0;
  #lastIngestionTime: number | undefined;

  get size(): number {
    return this.#events.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get lastIngestionTime(): number | undefined {
    return this.#lastIngestionTime;
  }

  add(timestamp: number, message: string, ingestionTime: number): void {
    const last = this.#events.at(-1);
    if (last && last.timestamp > timestamp) this.#sorted = false;
    this.#events.push({ timestamp, message, ingestionTime, sequence: this.#events.length });
    this.#bytes += eventBytes(message);
    this.#lastIngestionTime = ingestionTime;
  }

  get first(): StoredEvent | undefined {
    return this.#inOrder()[0];
  }

  get last(): StoredEvent | undefined {
    return this.#inOrder().at(-1);
  }

  at(index: number): StoredEvent | undefined {
    return this.#inOrder()[index];
  }

  /** The index of the first event at or after the boundary. */
  indexOf(boundary: Boundary): number {
    const events = this.#inOrder();
    let low = 0;
    let high = events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const event = events[middle];
      if (event && isBefore(event, boundary)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #inOrder(): readonly StoredEvent[] {
    if (!this.#sorted) {
      this.#events.sort((a, b) => a.timestamp - b.timestamp || a.sequence - b.sequence);
      this.#sorted = true;
    }
    return this.#events;
  }
}

/** What an event counts for in the limits of CloudWatch Logs: its UTF-8 and 26 bytes. */
export function eventBytes(message: string): number {
  return Buffer.byteLength(message) + 26;
}

function isBefore(event: StoredEvent, boundary: Boundary): boolean {
  return (
    event.timestamp < boundary.timestamp ||
    (event.timestamp === boundary.timestamp && event.sequence < boundary.sequence)
  );
}

import type { Room } from "./api";
import { seconds, since } from "./format";

/** Who is being served, and what goes on there. */
export function Rooms({ rooms, max, now }: { rooms: Room[]; max: number; now: number }) {
  return (
    <section className="card" aria-labelledby="rooms">
      <h2 id="rooms">
        Rooms now{" "}
        <small>
          {rooms.length} of {max}
        </small>
      </h2>
      {rooms.length === 0 && <p className="none">Nobody is here.</p>}
      <ul className="rooms">
        {rooms.map((room) => (
          <li key={room.room}>
            <span className={`state ${room.state}`}>{room.state}</span>
            <span className="name" title={room.room}>
              {room.room}
            </span>
            <span className="quiet">
              {room.turns} {room.turns === 1 ? "turn" : "turns"} · {seconds(room.last_delay_ms)} ·{" "}
              {since(room.since, now)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

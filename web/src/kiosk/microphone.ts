import {
  createAudioAnalyser,
  createLocalAudioTrack,
  type LocalAudioTrack,
  type LocalTrack,
  type Room,
  TrackEvent,
} from "livekit-client";

export type MicrophoneTrouble = "refused" | "insecure" | "missing" | "inUse" | "gone" | "silent";
export type MicrophoneState = "off" | "on" | "muted" | MicrophoneTrouble;

const SILENT_MS = 8000; // of nothing but zeros: even a quiet room is louder
const LOOK_MS = 250;

/** One customer's microphone. It is recorded from the moment it is open, and what it heard before
 * the bot was there is sent to the bot (LiveKit's pre-connect audio). */
export class Microphone {
  private track: LocalAudioTrack | null = null;
  private opening: Promise<void> | null = null;
  private stopLooking: (() => void) | undefined;
  private closed = false;

  /** tell: called whenever its state is another. */
  constructor(private readonly tell: (state: MicrophoneState) => void) {}

  /** Asks the browser for it; what is wrong is told. */
  open(): Promise<void> {
    this.opening ??= this.take().finally(() => {
      this.opening = null;
    });
    return this.opening;
  }

  /** Into the room as soon as that is connected; opens it where it is not yet. */
  async publish(room: Room): Promise<void> {
    await this.open();
    if (!this.track) return;
    const track = this.track as LocalTrack; // LiveKit's types are not made for exact optionals
    await room.localParticipant.publishTrack(track).catch((error: unknown) => {
      if (!this.closed) console.warn("microphone:", error); // else the customer has left before
    });
  }

  async setMuted(muted: boolean): Promise<void> {
    await (muted ? this.track?.mute() : this.track?.unmute());
    this.change(muted ? "muted" : "on");
  }

  /** After something was wrong with it. */
  async tryAgain(room: Room): Promise<void> {
    if (!this.track) {
      await this.publish(room);
      return;
    }
    try {
      await this.track.mute(); // LiveKit asks for a lost device anew when it is unmuted
      await this.track.unmute();
      this.change("on");
    } catch (error) {
      this.change(troubleOf(error));
    }
  }

  close(): void {
    this.closed = true;
    this.stopLooking?.();
    this.track?.stopPreConnectBuffer();
    this.track?.stop();
  }

  private async take(): Promise<void> {
    if (this.track) return;
    try {
      if (!window.isSecureContext) throw new Error("insecure");
      const track = await createLocalAudioTrack({
        echoCancellation: true,
        noiseSuppression: true,
        autoGainControl: true,
      });
      this.track = track;
      if (this.closed) {
        track.stop();
        return;
      }
      track.startPreConnectBuffer();
      track.on(TrackEvent.Ended, () => {
        this.change("gone");
      });
      track.on(TrackEvent.Restarted, () => {
        this.takeUp(track); // LiveKit has found another one
      });
      this.takeUp(track);
    } catch (error) {
      this.change(troubleOf(error));
    }
  }

  private change(state: MicrophoneState): void {
    if (!this.closed) this.tell(state);
  }

  private takeUp(track: LocalAudioTrack): void {
    this.stopLooking?.();
    this.change("on");
    this.stopLooking = watchForSilence(track, (silent) => {
      this.change(silent ? "silent" : "on");
    });
  }
}

/** A microphone that is switched off gives zeros, and nothing else does for so long. Looks until
 * there was a sound; returns what ends it before. */
function watchForSilence(track: LocalAudioTrack, tell: (silent: boolean) => void): () => void {
  const { analyser, cleanup } = createAudioAnalyser(track, { cloneTrack: true });
  const wave = new Float32Array(analyser.fftSize);
  let since = performance.now();
  let silent = false;
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(wave);
    const sounds = wave.some((sample) => sample !== 0);
    if (track.isMuted) since = performance.now();
    const long = performance.now() - since > SILENT_MS;
    if (long && !silent) tell((silent = true));
    if (!sounds) return;
    if (silent) tell(false);
    stop();
  }, LOOK_MS);
  const stop = (): void => {
    clearInterval(timer);
    void cleanup();
  };
  return stop;
}

function troubleOf(error: unknown): MicrophoneTrouble {
  if (!window.isSecureContext) return "insecure";
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "refused";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    default:
      return "inUse";
  }
}

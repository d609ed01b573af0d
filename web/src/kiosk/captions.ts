/** What was said, by segment, in the order in which it began. */
export interface Caption {
  id: string;
  who: "customer" | "bot";
  text: string;
  final: boolean;
}

const KEPT = 60; // captions; older ones are forgotten

/** The same segment again replaces what was there; one without words is taken away when final. */
export function withCaption(captions: readonly Caption[], next: Caption): readonly Caption[] {
  const others = captions.filter((one) => one.id !== next.id);
  if (!next.text.trim()) return next.final ? others : captions;
  const at = captions.findIndex((one) => one.id === next.id);
  if (at < 0) return [...captions, next].slice(-KEPT);
  return captions.map((one, i) => (i === at ? next : one));
}

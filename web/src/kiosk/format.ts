const MONEY = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const DATE = new Intl.DateTimeFormat("en-US", { year: "numeric", month: "long", day: "numeric" });

export function money(amount: number): string {
  return MONEY.format(amount);
}

/** An ISO date, or milliseconds since 1970; "" where it is neither. */
export function date(moment: string | number): string {
  const parsed = new Date(moment);
  return Number.isNaN(parsed.getTime()) ? "" : DATE.format(parsed);
}

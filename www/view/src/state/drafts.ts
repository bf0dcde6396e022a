/** What was typed for each session and not sent yet. */
export class Drafts {
  readonly #texts = new Map<string, string>();

  of(session: string): string {
    return this.#texts.get(session) ?? "";
  }

  write(session: string, text: string): void {
    if (text) this.#texts.set(session, text);
    else this.#texts.delete(session);
  }

  /** This text arrived; what was typed since stays. */
  sent(session: string, text: string): void {
    if (this.of(session).trim() === text) this.#texts.delete(session);
  }
}

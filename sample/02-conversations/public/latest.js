/**
 * Answers may overtake one another. What was asked for earlier than what is shown already is not shown any more: a list
 * that was fetched before a message was sent may arrive after the one that has it.
 */
export class Latest {
  asked = 0;
  shown = 0;

  constructor(show) {
    this.show = show;
  }

  async ask(load) {
    const mine = ++this.asked;
    const answer = await load();
    if (mine <= this.shown) return;
    this.shown = mine;
    this.show(answer);
  }
}

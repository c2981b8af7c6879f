import { element } from './elements.js';

export function conversationRow({ id, partner, lastMessage }, isOpen, onChoose) {
  const button = element(
    'button',
    isOpen ? 'conversation open' : 'conversation',
    element('b', '', partner),
    element('time', '', timeOf(lastMessage.sentAt)),
    element('span', 'preview', lastMessage.text),
  );
  button.addEventListener('click', onChoose);
  const row = element('li', '', button);
  row.dataset.conversation = id;
  row.dataset.last = lastMessage.id;
  return row;
}

export function messageRow({ id, from, text, sentAt }, user) {
  const row = element(
    'li',
    from === user ? 'message own' : 'message',
    text,
    element('time', '', timeOf(sentAt)),
  );
  row.dataset.message = id;
  return row;
}

export function requestRow({ method, what, origin, ms }) {
  return element(
    'li',
    '',
    element('span', 'what', `${method} ${what}`),
    element('span', `origin ${origin}`, origin),
    element('span', 'ms', `${ms.toFixed(1)} ms`),
  );
}

/** The time, and the day when it is another one. */
function timeOf(sentAt) {
  const then = new Date(sentAt);
  const isToday = then.toDateString() === new Date().toDateString();
  const day = { day: 'numeric', month: 'short', year: 'numeric' };
  const time = { hour: '2-digit', minute: '2-digit' };
  return then.toLocaleString('en-GB', isToday ? time : then.getFullYear() < 1970 ? day : { ...day, ...time });
}

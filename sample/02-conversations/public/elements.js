/* global document */
/** An element with classes and children; texts stay texts, whatever is in them. */
export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

export function fromTemplate(id) {
  return document.querySelector(`#${id}`).content.firstElementChild.cloneNode(true);
}

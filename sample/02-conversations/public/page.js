/* global document */
/** The page: two people side by side, and over them what their requests came to. */
import { Person } from './person.js';
import { Totals } from './totals.js';

const totals = new Totals(document.querySelector('#totals'));
const asked = new URL(document.URL).searchParams;

const names = [asked.get('left') ?? 'jack', asked.get('right') ?? 'algernon'];
const people = names.map((name, i) => new Person(name, names[1 - i], (request) => totals.add(request)));

for (const person of people) {
  document.querySelector('#people').append(person.element);
  person.watch();
}

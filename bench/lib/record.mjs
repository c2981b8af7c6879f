/** A record of about 1 KB, both as JSON and encoded: few names, some text, as a service might return it. */
export function recordOf(id) {
  return {
    id,
    name: `Restaurant ${id}`,
    rating: 4.5,
    isOpen: true,
    tags: ['italian', 'pizza'],
    address: { street: `${id} Main Street`, city: 'Springfield', zip: '49007' },
    reviews: [1, 2, 3, 4].map((i) => ({
      stars: i,
      by: `guest-${i}`,
      text: `Visit ${i} to ${id}. ${'The crust was thin and crisp, the service quick. '.repeat(4)}`,
    })),
  };
}

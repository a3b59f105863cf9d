/** Makes something when it is asked for first, then keeps it, and lets go of what it was made from. */
export function once<T>(make: () => T): () => T {
  let maker: (() => T) | undefined = make;
  let made: { readonly value: T } | undefined;
  return () => {
    if (made === undefined) {
      made = { value: (maker as () => T)() };
      maker = undefined;
    }
    return made.value;
  };
}

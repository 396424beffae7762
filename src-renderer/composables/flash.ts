/** A tint that fades. It lasts as long as its animation, and is not there at all where motion is not wanted. */
export function flash(element: HTMLElement): void {
  element.classList.remove('is-flashing')
  void element.offsetWidth // begins anew also where it has not ended
  element.classList.add('is-flashing')
  element.addEventListener('animationend', () => element.classList.remove('is-flashing'), { once: true })
}

// How many slots, as people say it.

export function slotCount(slots: number): string {
  return slots === 1 ? "1 slot" : `${slots} slots`;
}

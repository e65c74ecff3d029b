const PREFIX = 'room:';

/** The connections of a room's members are subscribed to this topic. */
export function roomTopic(roomId: string): string {
  return PREFIX + roomId;
}

/** Whose topic it is, if it is such a one. */
export function roomOf(topic: string): string | undefined {
  return topic.startsWith(PREFIX) ? topic.slice(PREFIX.length) : undefined;
}

const PREFIX = 'room:';

/** The connections of a room's members are subscribed to this topic. */
export function roomTopic(roomId: string): string {
  return PREFIX + roomId;
}

export function isRoomTopic(topic: string): boolean {
  return topic.startsWith(PREFIX);
}

package dev.entente.eventstore;

/**
 * An event and its place among all events.
 *
 * @param position from 1 on, without gaps
 * @param event as it was appended
 */
public record PlacedEvent(long position, StoredEvent event) {}

package dev.entente.eventstore;

/**
 * An event and its position among all events.
 *
 * @param position 1 or more, without gaps
 * @param event the stored event
 */
public record PlacedEvent(long position, StoredEvent event) {}

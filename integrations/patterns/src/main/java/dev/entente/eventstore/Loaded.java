package dev.entente.eventstore;

/**
 * An object's state at a version of its stream.
 *
 * @param id the object
 * @param version the number of events in the state; 0 for no events
 * @param snapshotVersion the version of the snapshot from which the fold began; 0 without a snapshot
 * @param <S> the state
 */
public record Loaded<S>(String id, S state, long version, long snapshotVersion) {}

package dev.entente.eventstore;

/**
 * An object's state at a version of its stream.
 *
 * @param id the object
 * @param version how many events led to it; 0 where there is none
 * @param snapshotVersion that of the snapshot from which it was folded; 0 where it was folded from the beginning
 * @param <S> the state
 */
public record Loaded<S>(String id, S state, long version, long snapshotVersion) {}

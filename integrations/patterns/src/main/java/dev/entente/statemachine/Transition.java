package dev.entente.statemachine;

import java.time.Instant;

/**
 * A transition of an object. The names are those in the database. For an event or a state that this version of the
 * service does not declare, there is only the name.
 *
 * @param id the object
 * @param version the number of the transition, 1 or more
 * @param eventName the name of the event
 * @param fromName the name of the state before
 * @param toName the name of the state after
 * @param at by the database's clock
 * @param machine declares events and states
 * @param <S> the states
 * @param <E> the events
 */
public record Transition<S extends Enum<S>, E extends Enum<E>>(
        String id,
        long version,
        String eventName,
        String fromName,
        String toName,
        Instant at,
        StateMachine<S, E> machine) {
    /**
     * Returns the event.
     *
     * @throws IllegalStateException if this version does not declare the event
     */
    public E event() {
        return machine.event(eventName);
    }

    /**
     * Returns the state before.
     *
     * @throws IllegalStateException if this version does not declare the state
     */
    public S from() {
        return machine.state(fromName);
    }

    /**
     * Returns the state after.
     *
     * @throws IllegalStateException if this version does not declare the state
     */
    public S to() {
        return machine.state(toName);
    }
}

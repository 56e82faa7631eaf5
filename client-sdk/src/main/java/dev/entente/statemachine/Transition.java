package dev.entente.statemachine;

import java.time.Instant;

/**
 * A step of an object's life.
 *
 * @param id the object
 * @param version the number of the step, from 1 on
 * @param event what happened
 * @param from the state before
 * @param to the state since
 * @param at by the database's clock
 * @param <S> the states
 * @param <E> the events
 */
public record Transition<S extends Enum<S>, E extends Enum<E>>(
        String id, long version, E event, S from, S to, Instant at) {}

package dev.entente.core.decision;

import dev.entente.core.transaction.GlobalTransaction;
import java.time.Instant;

/** The decider as a function, for callers that run transactions. */
@FunctionalInterface
public interface Decide {
    /**
     * Decides the consequences of an event.
     *
     * @param now the current time, by the database's clock
     * @param random any uniformly drawn number, for jitter
     */
    Decision decide(GlobalTransaction transaction, Event event, Instant now, long random);
}

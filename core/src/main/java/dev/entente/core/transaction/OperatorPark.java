package dev.entente.core.transaction;

import java.time.Instant;

/**
 * An operator's own mark: no call leaves until an operator lifts it.
 *
 * @param actor who set it
 * @param detail why
 */
public record OperatorPark(String actor, String detail, Instant since) {}

package dev.entente.core.transaction;

import java.time.Instant;

/**
 * An operator's own mark: no call leaves until an operator removes the mark.
 *
 * @param actor the principal that set it
 * @param detail why
 */
public record OperatorPark(String actor, String detail, Instant since) {}

package dev.entente.core.decision;

import java.time.Duration;

/**
 * The limits for a transaction without progress.
 *
 * @param inProgress the longest unbroken "in progress" of one operation, above zero; then this counts as one attempt
 *     without an answer
 * @param unreachable the longest time without a connection for one operation, above zero; then this counts as one
 *     attempt without an answer
 * @param misconfigured the longest unbroken "misconfigured" of one operation, if the cause may be temporary; then the
 *     transaction parks
 * @param takeovers the largest number of claims without progress, at least 1; beyond it the row is suspected of
 *     crashing its owners, and parks
 */
public record NoProgressLimits(Duration inProgress, Duration unreachable, Duration misconfigured, int takeovers) {
    private static final Duration IN_PROGRESS = Duration.ofMinutes(10);
    private static final Duration UNREACHABLE = Duration.ofMinutes(10);
    private static final Duration MISCONFIGURED = Duration.ofMinutes(1);
    private static final int TAKEOVERS = 5;
    public static final NoProgressLimits STANDARD =
            new NoProgressLimits(IN_PROGRESS, UNREACHABLE, MISCONFIGURED, TAKEOVERS);
}

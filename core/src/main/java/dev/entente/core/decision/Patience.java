package dev.entente.core.decision;

import java.time.Duration;

/**
 * How long a transaction continues without progress.
 *
 * @param inProgress of one operation's unbroken "in progress"; then it counts as one attempt without an answer. Above
 *     zero
 * @param unreachable of one operation's unbroken "not sent" without a connection; then it counts as one attempt without
 *     an answer. Above zero
 * @param misconfigured of one operation's unbroken "misconfigured" that may be temporary; then the transaction parks
 * @param takeovers claims without progress, at least 1; then the row is suspected of crashing its owners, and parks
 */
public record Patience(Duration inProgress, Duration unreachable, Duration misconfigured, int takeovers) {
    private static final Duration IN_PROGRESS = Duration.ofMinutes(10);
    private static final Duration UNREACHABLE = Duration.ofMinutes(10);
    private static final Duration MISCONFIGURED = Duration.ofMinutes(1);
    private static final int TAKEOVERS = 5;
    public static final Patience STANDARD = new Patience(IN_PROGRESS, UNREACHABLE, MISCONFIGURED, TAKEOVERS);
}

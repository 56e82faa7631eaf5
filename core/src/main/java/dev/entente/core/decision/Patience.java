package dev.entente.core.decision;

import java.time.Duration;

/**
 * How long a transaction goes on without anything that leads on.
 *
 * @param inProgress of one operation's unbroken "in progress"; then it counts as one attempt without an answer. Above
 *     zero
 * @param unreachable of one operation's unbroken "not sent" for want of a connection; then it counts as one attempt
 *     without an answer. Above zero
 * @param misconfigured of one operation's unbroken "misconfigured" that may pass; then it parks
 * @param takeovers claims without progress after which a row is suspected to be what kills its owners, and parks; at
 *     least 1
 */
public record Patience(Duration inProgress, Duration unreachable, Duration misconfigured, int takeovers) {
    private static final Duration IN_PROGRESS = Duration.ofMinutes(10);
    private static final Duration UNREACHABLE = Duration.ofMinutes(10);
    private static final Duration MISCONFIGURED = Duration.ofMinutes(1);
    private static final int TAKEOVERS = 5;
    public static final Patience STANDARD = new Patience(IN_PROGRESS, UNREACHABLE, MISCONFIGURED, TAKEOVERS);
}

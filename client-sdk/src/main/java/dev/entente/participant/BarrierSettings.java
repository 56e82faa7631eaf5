package dev.entente.participant;

import dev.entente.participant.barrier.BarrierStatements;
import dev.entente.participant.barrier.BarrierTimes;
import dev.entente.wire.CallMark;
import io.grpc.Deadline;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settings of a barrier that a user may change.
 *
 * @param statements in the SQL of its database
 * @param times how long it keeps rows, and waits
 * @param rejections where rejections are stored whose own transaction is rolled back, or null
 * @param allowsBareCalls whether bodies run outside of any call
 * @param watch looks at each body once
 */
record BarrierSettings(
        BarrierStatements statements,
        BarrierTimes times,
        @Nullable DataSource rejections,
        Clock clock,
        boolean allowsBareCalls,
        BodyWatch watch) {
    private static final Logger LOG = LoggerFactory.getLogger(Barrier.class);

    BarrierSettings withTimes(BarrierTimes other) {
        return new BarrierSettings(statements, other, rejections, clock, allowsBareCalls, watch);
    }

    Duration retention() {
        return times.retention();
    }

    Duration longestWait() {
        return times.longestWait();
    }

    Duration longestAnswer() {
        return times.longestAnswer();
    }

    BarrierSettings withRejections(DataSource other) {
        return new BarrierSettings(statements, times, other, clock, allowsBareCalls, watch);
    }

    BarrierSettings withClock(Clock other) {
        return new BarrierSettings(statements, times, rejections, other, allowsBareCalls, watch);
    }

    BarrierSettings withBareCalls() {
        return new BarrierSettings(statements, times, rejections, clock, true, watch);
    }

    /**
     * Returns the current call's branch; empty for a person's call, and where bare calls are allowed.
     *
     * @throws BarrierUnusable ENT-095 outside of any call that was seen
     */
    Optional<Branch> branch() {
        Optional<Branch> branch = Branch.current();
        if (branch.isEmpty() && !allowsBareCalls && !CallMark.isSet()) {
            BarrierUnusable bare = BarrierUnusable.bareCall();
            LOG.error("{}", bare.getMessage(), bare);
            throw bare;
        }
        return branch;
    }

    Duration waitWithin(@Nullable Deadline deadline) {
        if (deadline == null) {
            return longestWait();
        }
        Duration left = Duration.ofMillis(deadline.timeRemaining(TimeUnit.MILLISECONDS));
        return left.compareTo(longestWait()) < 0 ? left : longestWait();
    }
}

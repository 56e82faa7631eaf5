package dev.entente.outbox;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * One transaction of a relay: it writes down what has ended since the last one, and takes what may leave. Nothing in it
 * waits for a call, nor for anybody's open transaction. It is made durable once for all it settles; a claim alone need
 * not be, for a database that forgets it has forgotten the relay's lock as well.
 */
final class Round {
    private final OutboxStatements statements;
    private final Connection connection;
    private final OutboxSettling settling;
    private final Claiming claiming;
    private final Duration longest;

    /** @param longest for a statement, and for a pause between two */
    Round(
            OutboxStatements statements,
            Connection connection,
            OutboxSettling settling,
            Claiming claiming,
            Duration longest) {
        this.statements = statements;
        this.connection = connection;
        this.settling = settling;
        this.claiming = claiming;
        this.longest = longest;
    }

    /**
     * The work of one round.
     *
     * @param relay who claims; 0 if nothing is to be claimed
     * @param longestPause after it
     */
    record Work(
            long relay,
            boolean rechecks,
            List<EndedChain> ended,
            List<Long> dead,
            List<Doubt> doubts,
            Duration longestPause) {
        boolean claims() {
            return relay != 0;
        }

        boolean isDurable() {
            return !ended.isEmpty() || !dead.isEmpty() || !doubts.isEmpty();
        }
    }

    /**
     * A row that a claim named whose commit was not confirmed, and which nobody delivers.
     *
     * @param forgetAtNanos when that commit can no longer come
     */
    record Doubt(long relay, String firstId, long forgetAtNanos) {}

    /**
     * The result of one round. It counts once the transaction is committed.
     *
     * @param isDisowned whether another relay has taken this one for dead
     * @param untilNextDue asked in the same transaction as what is due, so that nothing becomes due between the two
     */
    record Outcome(
            List<SettleStatements.Failed> failures,
            Claiming.Claim claim,
            boolean hasNotedKeys,
            boolean isDisowned,
            Duration untilNextDue) {}

    /** Leaves the commit to whoever asked. */
    Outcome run(Work work) throws SQLException {
        boolean isRegistered = statements.begin(connection, work.relay(), longest);
        OutboxSettling.Settled settled = work.ended().isEmpty()
                ? OutboxSettling.Settled.NOTHING
                : settling.settle(statements, connection, work.ended());
        for (Doubt doubt : work.doubts()) {
            statements.giveBack(connection, doubt.relay(), List.of(doubt.firstId()));
        }
        if (!work.dead().isEmpty()) {
            statements.presence().free(connection, work.dead());
        }
        boolean hasNotedKeys = work.rechecks() ? statements.recheck(connection) : settled.hasNotedKeys();
        boolean mayClaim = work.claims() && isRegistered;
        Claiming.Claim claim = mayClaim ? claiming.claim(connection, work.relay()) : Claiming.Claim.NONE;
        Duration untilNextDue =
                claim.chains().isEmpty() ? statements.untilNextDue(connection, work.longestPause()) : Duration.ZERO;
        if (!work.isDurable()) {
            statements.letGo(connection);
        }
        return new Outcome(settled.failures(), claim, hasNotedKeys, work.claims() && !mayClaim, untilNextDue);
    }
}

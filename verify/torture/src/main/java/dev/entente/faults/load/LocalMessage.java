package dev.entente.faults.load;

import dev.entente.client.Entente;
import dev.entente.client.EntenteException;
import dev.entente.client.Message;
import dev.entente.client.TransactionRefused;
import dev.entente.faults.check.Shape;
import dev.entente.faults.check.Standing;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import torture.v1.MoveRequest;

/**
 * A message that goes with a local transaction: the client takes money out of an account itself, the message brings it
 * to another ledger.
 *
 * @param from whose database is the client's own
 * @param account what is taken is taken from it
 * @param work how long the local transaction takes
 */
record LocalMessage(String from, String account, String to, MoveRequest credit, Ending ending, Duration work)
        implements Job.Start {
    /** Before anybody asks what became of it. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /** How the client fares. */
    enum Ending {
        COMMITS,
        ROLLS_BACK,
        /** Never heard of again once it has begun; nothing was committed. */
        DIES_BEFORE,
        /** Never heard of again once its own transaction is committed. */
        DIES_AFTER;

        boolean isRolledBack() {
            return this == ROLLS_BACK || this == DIES_BEFORE;
        }

        boolean isDeath() {
            return this == DIES_BEFORE || this == DIES_AFTER;
        }
    }

    /** The client wants no more. */
    private static final class ChangedMind extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    @Override
    public void run(Job.Attempt attempt) throws EntenteException {
        Fleet fleet = attempt.fleet();
        Entente entente = ending.isDeath() ? fleet.dying(attempt.number()) : fleet.get(attempt.number());
        Message message = Workload.usual(entente.message("booked"), attempt.gid())
                .to(new Moves(entente.participant(to), credit).move())
                .checkBack(entente.participant(from), PATIENCE);
        long askedAt = ClientRecorder.now();
        try {
            var _ = message.runAndSubmit(fleet.ownDatabase(from), connection -> {
                attempt.accepted(askedAt, Standing.OPEN);
                return work(connection, attempt.gid());
            });
        } catch (ChangedMind asMeant) {
            // What was begun is aborted, or asked about.
        } catch (TransactionRefused refused) {
            if (!refused.code().equals("ENT-040")) {
                throw refused;
            }
            // An earlier attempt was not answered, and has been settled without this client.
            attempt.accepted(askedAt, Standing.OPEN);
        } catch (SQLException broken) {
            throw new IllegalStateException("nothing is done to this database", broken);
        }
    }

    private String work(Connection connection, String gid) throws SQLException {
        LockSupport.parkNanos(work.toNanos());
        take(connection);
        write(connection, gid);
        if (ending.isRolledBack()) {
            throw new ChangedMind();
        }
        return gid;
    }

    private void take(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("update account set cents = cents - ? where id = ?")) {
            statement.setLong(1, credit.getCents());
            statement.setString(2, account);
            statement.executeUpdate();
        }
    }

    private void write(Connection connection, String gid) throws SQLException {
        String sql =
                "insert into effect (gid, branch, op, attempt, fence, cents, receipt) values (?, ?, ?, 1, 0, ?, ?)";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, gid);
            statement.setString(2, Shape.LOCAL);
            statement.setString(3, Shape.LOCAL);
            statement.setLong(4, -credit.getCents());
            statement.setString(5, UUID.randomUUID().toString());
            statement.executeUpdate();
        }
    }
}
